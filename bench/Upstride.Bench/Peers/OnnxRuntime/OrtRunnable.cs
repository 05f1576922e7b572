using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>A session, its input and output bound.</summary>
internal sealed class OrtRunnable : IRunnable
{
    private readonly NativeBuffer _output;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue[] _inputs, _outputs;
    private readonly string[] _inputNames, _outputNames;
    private readonly bool _outputIsBytes;

    /// <summary>Makes the session of a problem's one node.</summary>
    public OrtRunnable(Workload workload, Clock clock)
        : this(OnnxModel.Write(workload), workload.Threads, workload.Data, Shapes(workload).Input, Shapes(workload).Output, clock)
    {
    }

    /// <summary>Makes the session of any model from one tensor of floats to another, or to one of bytes.</summary>
    public OrtRunnable(
        byte[] model, int threads, NativeBuffer input, long[] inputShape, long[] outputShape, Clock clock,
        string inputName = "x", string outputName = "y", bool outputIsBytes = false)
    {
        (_inputNames, _outputNames, this._outputIsBytes) = ([inputName], [outputName], outputIsBytes);
        var start = clock.Now();
        _session = Open(model, threads);
        _output = new NativeBuffer(outputShape.Aggregate(1L, (a, b) => a * b));
        _inputs = [Over(input, inputShape, TensorElementType.Float, sizeof(float))];
        _outputs = [outputIsBytes
            ? Over(_output, outputShape, TensorElementType.UInt8, 1) : Over(_output, outputShape, TensorElementType.Float, sizeof(float))];
        PreparationMilliseconds = clock.Now() - start;
    }

    /// <summary>The library's version.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <inheritdoc/>
    public unsafe ReadOnlySpan<float> Output => _outputIsBytes
        ? Array.ConvertAll(new ReadOnlySpan<byte>(_output.Pointer, (int)_output.Length).ToArray(), v => (float)v)
        : _output.Span;

    /// <inheritdoc/>
    public double? PreparationMilliseconds { get; }

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public string Algorithm => $"ONNX Runtime {Version}";

    /// <inheritdoc/>
    public void Run() => _session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in _inputs.Concat(_outputs)) value.Dispose();
        _options.Dispose();
        _session.Dispose();
        _output.Dispose();
    }

    private static InferenceSession Open(byte[] model, int threads)
    {
        using SessionOptions options = OptionsFor(threads);
        return new(model, options);
    }

    /// <summary>What every session of ONNX Runtime is measured with.</summary>
    public static SessionOptions OptionsFor(int threads)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Idle threads that spin after a run would take the cores of whoever runs next.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        return options;
    }

    private static unsafe OrtValue Over(NativeBuffer buffer, long[] shape, TensorElementType type, int elementBytes) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)buffer.Pointer, buffer.Length * elementBytes);

    private static (long[] Input, long[] Output) Shapes(Workload workload)
    {
        var p = workload.Problem;
        long[] coarse = [p.Batch, p.CoarseChannels, .. p.Coarse.Select(s => (long)s)],
            fine = [p.Batch, p.FineChannels, .. p.Fine.Select(s => (long)s)];
        return workload.Operation is Operation.Forward ? (coarse, fine) : (fine, coarse);
    }
}
