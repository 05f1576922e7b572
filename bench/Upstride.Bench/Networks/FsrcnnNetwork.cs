using System.Runtime.InteropServices;
using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.OnnxRuntime;
using Upstride.Bench.Problems;
using Upstride.Models.Inference;

namespace Upstride.Bench.Networks;

/// <summary>FSRCNN(56, 12, 4) with weights from a seed, as Upstride's bands and as a chain of ONNX nodes.</summary>
internal static class FsrcnnNetwork
{
    private const double Epsilon = 1.0 / (1 << 23);

    /// <summary>The network at one scale for pictures of one size.</summary>
    public static BenchNetwork Create(int scale, int width, int height)
    {
        var network = new Lazy<PlaneNetwork>(() => Draw(scale));
        return new(
            $"FSRCNN x{scale} {width}x{height}", [1, 1, height, width], [1, 1, scale * height, scale * width],
            () => Model(network.Value, width, height),
            (input, threads) => new Runnable(network.Value, input, width, height, threads),
            (input, _) => Bound(network.Value, input, width, height));
    }

    private static PlaneNetwork Draw(int scale)
    {
        const int d = 56, s = 12, m = 4;
        ulong seed = 0;
        float[] Values(int count, double amplitude)
        {
            using var buffer = NativeBuffer.Random(count, ++seed);
            return [.. buffer.Span.ToArray().Select(v => (float)(v * amplitude))];
        }

        // He's initialization: every layer gives about as large values as it takes.
        PlaneLayer Convolution(int from, int to, int kernel) => PlaneLayer.Convolution(
            from, to, kernel, Values(to * from * kernel * kernel, Math.Sqrt(6.0 / (from * kernel * kernel))), Values(to, 0.1), Values(to, 0.3));
        return new(
        [
            Convolution(1, d, 5), Convolution(d, s, 1), .. Enumerable.Range(0, m).Select(_ => Convolution(s, s, 3)), Convolution(s, d, 1),
            PlaneLayer.Upsampling(d, 1, 9, scale, 4, Values(d * 81, Math.Sqrt(3.0 * scale * scale / (d * 81))), Values(1, 0.1)),
        ]);
    }

    private static byte[] Model(PlaneNetwork network, int width, int height)
    {
        var graph = new OnnxMessage();
        var tensors = new List<OnnxMessage>();
        string from = "x";
        for (int i = 0; i < network.Layers.Length; i++)
        {
            var layer = network.Layers[i];
            bool last = i == network.Layers.Length - 1;
            string to = last ? "y" : $"y{i}";
            var node = new OnnxMessage().Text(1, from).Text(1, $"w{i}").Text(1, $"b{i}").Text(2, to).Text(4, layer.Transposed ? "ConvTranspose" : "Conv");
            node.Nested(5, OnnxMessage.Attribute("kernel_shape", layer.Kernel, layer.Kernel)).Nested(5, OnnxMessage.Attribute("strides", layer.Stride, layer.Stride));
            node.Nested(5, OnnxMessage.Attribute("pads", layer.Padding, layer.Padding, layer.Padding, layer.Padding));
            int outputPadding = layer.Stride + 2 * layer.Padding - layer.Kernel;
            if (layer.Transposed) node.Nested(5, OnnxMessage.Attribute("output_padding", outputPadding, outputPadding));
            graph.Nested(1, node);
            int[] shape = layer.Transposed ? [layer.InputChannels, layer.OutputChannels] : [layer.OutputChannels, layer.InputChannels];
            tensors.Add(OnnxMessage.Tensor($"w{i}", [.. shape, layer.Kernel, layer.Kernel], MemoryMarshal.AsBytes(layer.Weight.AsSpan())));
            tensors.Add(OnnxMessage.Tensor($"b{i}", [layer.OutputChannels], MemoryMarshal.AsBytes(layer.Bias.AsSpan())));
            from = to;
            if (layer.Slopes.IsEmpty) continue;
            from = $"p{i}";
            graph.Nested(1, new OnnxMessage().Text(1, to).Text(1, $"s{i}").Text(2, from).Text(4, "PRelu"));
            tensors.Add(OnnxMessage.Tensor($"s{i}", [layer.OutputChannels, 1, 1], MemoryMarshal.AsBytes(layer.Slopes.AsSpan())));
        }

        graph.Text(2, "fsrcnn");
        foreach (var tensor in tensors) graph.Nested(5, tensor);
        graph.Nested(11, OnnxMessage.Value("x", 1, 1, height, width)).Nested(12, OnnxMessage.Value("y", 1, 1, network.Scale * height, network.Scale * width));
        return OnnxMessage.Model(graph);
    }

    // With the magnitudes of weights, biases and input the network gives, at each output, a bound of the sums of magnitudes; a layer of R
    // products and a bias adds at most (R + 1) epsilon of it to the error, and a PReLU whose slope is at most 1 enlarges nothing.
    private static float[] Bound(PlaneNetwork network, NativeBuffer input, int width, int height)
    {
        static float[] Magnitudes(ReadOnlySpan<float> values) => Array.ConvertAll(values.ToArray(), Math.Abs);
        var magnitudes = new PlaneNetwork(network.Layers.Select(layer => layer.Transposed
            ? PlaneLayer.Upsampling(layer.InputChannels, layer.OutputChannels, layer.Kernel, layer.Stride, layer.Padding, Magnitudes(layer.Weight.AsSpan()), Magnitudes(layer.Bias.AsSpan()))
            : PlaneLayer.Convolution(layer.InputChannels, layer.OutputChannels, layer.Kernel, Magnitudes(layer.Weight.AsSpan()), Magnitudes(layer.Bias.AsSpan()))));
        using var upscaler = new BandUpscaler(magnitudes, width, height);
        var bound = new float[width * height * network.Scale * network.Scale];
        upscaler.Run(Magnitudes(input.Span), bound);
        double share = 2 * Epsilon * network.Layers.Sum(layer => (double)layer.InputChannels * layer.Kernel * layer.Kernel + 2);
        return Array.ConvertAll(bound, value => (float)(value * share));
    }

    private sealed class Runnable(PlaneNetwork network, NativeBuffer input, int width, int height, int threads) : IRunnable
    {
        private readonly BandUpscaler _upscaler = new(network, width, height, new() { Threads = threads });
        private readonly NativeBuffer _output = new((long)width * height * network.Scale * network.Scale);

        public ReadOnlySpan<float> Output => _output.Span;

        public long? WorkspaceBytes => null;

        public string Algorithm => $"bands of {_upscaler.BandRows} rows";

        public void Run() => _upscaler.Run(input.Span, _output.Span);

        public void Dispose()
        {
            _upscaler.Dispose();
            _output.Dispose();
        }
    }
}
