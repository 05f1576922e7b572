using System.Runtime.InteropServices;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>
/// ONNX Runtime's ConvTranspose; Conv for the convolution and for the input's gradient, which is the convolution with
/// the same weight. It has no operator for the weight's gradient.
/// </summary>
internal sealed class OrtContender(OrtLibrary library, Clock clock) : IContender
{
    /// <inheritdoc/>
    public string Name => "ort";

    /// <inheritdoc/>
    public IRunnable? TryCreate(Workload workload, out string? refusal)
    {
        refusal = null;
        if (workload.Operation is Operation.WeightGradient)
        {
            refusal = "ONNX has no operator for the weight's gradient";
            return null;
        }

        try
        {
            return new OrtRunnable(library, workload, clock);
        }
        catch (InvalidOperationException e)
        {
            refusal = e.Message;
            return null;
        }
    }
}

/// <summary>A session, its input and output bound.</summary>
internal sealed unsafe class OrtRunnable : IRunnable
{
    private const int ByteElements = 2; // TensorProto.UINT8

    private readonly OrtLibrary library;
    private readonly NativeBuffer output;
    private readonly nint session, x, y, xName, yName;
    private readonly bool outputIsBytes;

    /// <summary>Makes the session of a problem's one node.</summary>
    public OrtRunnable(OrtLibrary library, Workload workload, Clock clock)
        : this(library, OnnxModel.Write(workload), workload.Threads, workload.Data, Shapes(workload).Input, Shapes(workload).Output, clock)
    {
    }

    /// <summary>Makes the session of any model from one tensor of floats to another, or to one of bytes.</summary>
    public OrtRunnable(
        OrtLibrary library, ReadOnlySpan<byte> model, int threads, NativeBuffer input, long[] inputShape, long[] outputShape, Clock clock,
        string inputName = "x", string outputName = "y", bool outputIsBytes = false)
    {
        this.library = library;
        xName = Marshal.StringToCoTaskMemUTF8(inputName);
        yName = Marshal.StringToCoTaskMemUTF8(outputName);
        var start = clock.Now();
        session = library.CreateSession(model, threads);
        output = new NativeBuffer(outputShape.Aggregate(1L, (a, b) => a * b));
        x = library.CreateTensor(input.Pointer, input.Length, inputShape);
        y = outputIsBytes ? library.CreateTensor(output.Pointer, output.Length, outputShape, ByteElements) : library.CreateTensor(output.Pointer, output.Length, outputShape);
        this.outputIsBytes = outputIsBytes;
        PreparationMilliseconds = clock.Now() - start;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output => outputIsBytes
        ? Array.ConvertAll(new ReadOnlySpan<byte>(output.Pointer, (int)output.Length).ToArray(), v => (float)v)
        : output.Span;

    /// <inheritdoc/>
    public double? PreparationMilliseconds { get; }

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public string Algorithm => $"ONNX Runtime {library.Version}";

    /// <inheritdoc/>
    public void Run()
    {
        var result = y;
        library.Run(session, [xName], [x], [yName], new(ref result));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        library.DestroyTensor(x);
        library.DestroyTensor(y);
        library.DestroySession(session);
        Marshal.FreeCoTaskMem(xName);
        Marshal.FreeCoTaskMem(yName);
        output.Dispose();
    }

    private static (long[] Input, long[] Output) Shapes(Workload workload)
    {
        var p = workload.Problem;
        long[] coarse = [p.Batch, p.CoarseChannels, .. p.Coarse.Select(s => (long)s)], fine = [p.Batch, p.FineChannels, .. p.Fine.Select(s => (long)s)];
        return workload.Operation is Operation.Forward ? (coarse, fine) : (fine, coarse);
    }
}
