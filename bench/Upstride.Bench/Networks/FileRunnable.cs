using Microsoft.ML.OnnxRuntime;
using Upstride.Bench.Measuring;
using Upstride.Onnx;
using OrtRunnable = Upstride.Bench.Peers.OnnxRuntime.OrtRunnable;

namespace Upstride.Bench.Networks;

/// <summary>An ONNX file with its <see cref="FileInputs"/>, as Upstride or ONNX Runtime runs it.</summary>
internal static class FileRunnable
{
    /// <summary>Upstride, one plan, results in new tensors.</summary>
    public static IRunnable OfUpstride(string path, IReadOnlyDictionary<string, OnnxTensor> inputs, int threads) =>
        new Ours(path, inputs, threads);

    /// <summary>ONNX Runtime, results in new tensors.</summary>
    public static IRunnable OfOrt(string path, IReadOnlyDictionary<string, OnnxTensor> inputs, int threads) => new Theirs(path, inputs,
        threads);

    private sealed class Ours(string path, IReadOnlyDictionary<string, OnnxTensor> inputs, int threads) : IRunnable
    {
        private readonly OnnxSession _session =
            OnnxSession.Load(path, OnnxSessionSettings.Default with { Compute = new() { Threads = threads } });

        private IReadOnlyDictionary<string, OnnxTensor>? _outputs;

        public ReadOnlySpan<float> Output => _outputs![_session.Outputs[0].Name] is { ElementType: OnnxElementType.Float32 } floats
            ? floats.Floats : Array.ConvertAll(_outputs[_session.Outputs[0].Name].Integers.ToArray(), static value => (float)value);

        public double? PreparationMilliseconds => null;

        public long? WorkspaceBytes => null;

        public string Algorithm => $"{_session.Explain(inputs).Steps.Length} nodes";

        public void Run() => _outputs = _session.Run(inputs);

        public void Dispose() => _session.Dispose();
    }

    private sealed class Theirs : IRunnable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _options = new();
        private readonly OrtValue[] _values;
        private readonly string[] _names;
        private readonly string[] _outputs;
        private IDisposableReadOnlyCollection<OrtValue>? _results;

        public Theirs(string path, IReadOnlyDictionary<string, OnnxTensor> inputs, int threads)
        {
            using SessionOptions options = OrtRunnable.OptionsFor(threads);
            _session = new(path, options);
            _names = [.. inputs.Keys];
            _outputs = [.. _session.OutputNames];
            _values = [.. inputs.Values.Select(static tensor => tensor.ElementType == OnnxElementType.Float32
                ? OrtValue.CreateTensorValueFromMemory(tensor.Floats.ToArray(), [.. tensor.Shape.Select(static length => (long)length)])
                : OrtValue.CreateTensorValueFromMemory(tensor.Integers.ToArray(), [.. tensor.Shape.Select(static length =>
                    (long)length)]))];
        }

        public ReadOnlySpan<float> Output
        {
            get
            {
                var first = _results![0];
                return first.GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float
                    ? first.GetTensorDataAsSpan<float>()
                    : Array.ConvertAll(first.GetTensorDataAsSpan<byte>().ToArray(), static value => (float)value);
            }
        }

        public double? PreparationMilliseconds => null;

        public long? WorkspaceBytes => null;

        public string Algorithm => "ONNX Runtime";

        public void Run()
        {
            _results?.Dispose();
            _results = _session.Run(_options, _names, _values, _outputs);
        }

        public void Dispose()
        {
            _results?.Dispose();
            foreach (var value in _values) value.Dispose();
            _options.Dispose();
            _session.Dispose();
        }
    }
}
