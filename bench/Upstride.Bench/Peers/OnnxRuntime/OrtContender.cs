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

/// <summary>A session with one node, its input and output bound.</summary>
internal sealed unsafe class OrtRunnable : IRunnable
{
    private readonly OrtLibrary library;
    private readonly NativeBuffer output;
    private readonly nint session, x, y;

    /// <summary>Makes the session.</summary>
    public OrtRunnable(OrtLibrary library, Workload workload, Clock clock)
    {
        this.library = library;
        var p = workload.Problem;
        var model = OnnxModel.Write(workload);
        var start = clock.Now();
        session = library.CreateSession(model, workload.Threads);
        output = new NativeBuffer(workload.OutputLength);
        long[] coarse = [p.Batch, p.CoarseChannels, .. p.Coarse.Select(s => (long)s)], fine = [p.Batch, p.FineChannels, .. p.Fine.Select(s => (long)s)];
        var (from, to) = workload.Operation is Operation.Forward ? (coarse, fine) : (fine, coarse);
        x = library.CreateTensor(workload.Data.Pointer, workload.Data.Length, from);
        y = library.CreateTensor(output.Pointer, output.Length, to);
        PreparationMilliseconds = clock.Now() - start;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output => output.Span;

    /// <inheritdoc/>
    public double? PreparationMilliseconds { get; }

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public string Algorithm => $"ONNX Runtime {library.Version}";

    /// <inheritdoc/>
    public void Run() => library.Run(session, x, y);

    /// <inheritdoc/>
    public void Dispose()
    {
        library.DestroyTensor(x);
        library.DestroyTensor(y);
        library.DestroySession(session);
        output.Dispose();
    }
}
