using System.Numerics.Tensors;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;
using Upstride.Onnx;

namespace Upstride.Bench.Networks;

/// <summary>Other people's ONNX files, as a session runs them.</summary>
internal static class OnnxNetwork
{
    // A file whose sums were added in another order is off by some hundred roundings of its largest value; the tests hold every node of
    // these to
    // its own bound, and here it matters that both compute the same network. Bytes, which are rounded, may be one apart.
    private const float Share = 1e-4f;

    /// <summary>
    /// The files of the shared folder: from one tensor of floats to one of floats. The smaller ones go in batches, so that there is
    /// something to measure.
    /// </summary>
    public static IReadOnlyList<BenchNetwork> All { get; } = Find() is not { } folder ? [] :
    [
        Create(folder, "unet-cloud/unet.onnx", [1, 4, 224, 224], [1, 1, 224, 224]),
        Create(folder, "bvae-mnist/ae_encoder.onnx", [1, 1, 28, 28], [1, 2]),
        Create(folder, "bvae-mnist/ae_encoder.onnx", [64, 1, 28, 28], [64, 2]),
        Create(folder, "bvae-mnist/ae_decoder.onnx", [1, 2], [28, 28, 4], bytes: true),
        Create(folder, "onnxruntime-testdata/test_conv_follow_convtrans.onnx", [1, 32, 30, 30], [1, 32, 29, 30]),
        Create(folder, "onnxruntime-testdata/test_conv_follow_convtrans.onnx", [8, 32, 30, 30], [8, 32, 29, 30]),
        Create(folder, "onnxruntime-testdata/test_resize.onnx", [16, 3, 24, 24], [16, 3, 54, 54]),
    ];

    /// <summary>The files of samples/models.</summary>
    public static IReadOnlyList<BenchNetwork> Shipped { get; } = FindUpwards(Path.Combine("samples", "models")) is not { } folder ? [] :
    [
        .. new[]
        {
            Create(folder, "digits.onnx", [64, 100, 1, 1], [64, 1, 32, 32]) with { InputName = "x", OutputName = "y" },
            Create(folder, "streets.onnx", [1, 3, 192, 240], [1, 11, 192, 240]) with { InputName = "x", OutputName = "y" },
        }.Where(network => File.Exists(Path.Combine(folder, network.Name.Split(' ')[0] + ".onnx"))),
    ];

    private static BenchNetwork Create(string folder, string file, int[] input, int[] output, bool bytes = false)
    {
        var path = Path.Combine(folder, file);
        return new(
            $"{Path.GetFileNameWithoutExtension(file)} {string.Join('x', input)}", input, output, () => File.ReadAllBytes(path),
            (buffer, threads) => new Runnable(File.ReadAllBytes(path), buffer, input, output, bytes, threads),
            bytes ? static (_, result) => Filled(result.Length, 1) : Bound)
        {
            InputName = "input",
            OutputName = "output",
            OutputIsBytes = bytes,
        };
    }

    /// <summary>A share of the largest value.</summary>
    public static float[] Bound(NativeBuffer input, ReadOnlySpan<float> result) =>
        Filled(result.Length, Share * MathF.Abs(TensorPrimitives.MaxMagnitude(result)));

    private static float[] Filled(int length, float value)
    {
        var bound = new float[length];
        Array.Fill(bound, value);
        return bound;
    }

    // UPSTRIDE_SHARED, else the folder named shared beside the checkout, found upwards from the program.
    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("UPSTRIDE_SHARED") is { Length: > 0 } named) return Existing(named);
        return FindUpwards(Path.Combine("shared", "models"));

        static string? Existing(string shared) => Path.Combine(shared, "models") is var models && Directory.Exists(models) ? models : null;
    }

    private static string? FindUpwards(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, path) is var found && Directory.Exists(found))
                return found;
        return null;
    }

    internal sealed class Runnable : IRunnable
    {
        private readonly OnnxSession _session;
        private readonly Dictionary<string, OnnxTensor> _inputs;
        private readonly NativeBuffer _input;
        private readonly float[]? _result;
        private readonly nint[] _inputShape, _resultShape;
        private OnnxTensor? _bytes;

        public Runnable(byte[] model, NativeBuffer input, int[] inputShape, int[] resultShape, bool givesBytes, int threads)
        {
            _session = OnnxSession.Load(
                new MemoryStream(model), OnnxSessionSettings.Default with { Compute = new() { Threads = threads } });
            this._input = input;
            this._inputShape = [.. inputShape.Select(s => (nint)s)];
            this._resultShape = [.. resultShape.Select(s => (nint)s)];
            _inputs = new(StringComparer.Ordinal) { [_session.Inputs[0].Name] = OnnxTensor.Create(input.Span, this._inputShape) };
            if (!givesBytes) _result = new float[resultShape.Aggregate(1, static (product, length) => product * length)];
        }

        public ReadOnlySpan<float> Output => _result ?? Array.ConvertAll(_bytes!.Integers.ToArray(), static value => (float)value);

        public long? WorkspaceBytes => null;

        public string Algorithm
        {
            get
            {
                var plan = _session.Explain(_inputs);
                return $"{plan.Steps.Length} nodes, {plan.PeakBytes / 1048576.0:f1} MB of arena, results, weights and workspace";
            }
        }

        // Into memory that is there already, as the peer does; bytes come in a tensor of their own.
        public void Run()
        {
            if (_result is null) _bytes = _session.Run(_inputs).Values.Single();
            else _session.Run(new ReadOnlyTensorSpan<float>(_input.Span, _inputShape), new TensorSpan<float>(_result, _resultShape));
        }

        public void Dispose() => _session.Dispose();
    }
}
