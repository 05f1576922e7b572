using Upstride.Learning.Randomness;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Pyramid;
using Upstride.Models.Residual;
using Upstride.Models.Upscaling;
using Upstride.Onnx.Tests.Runtime;

namespace Upstride.Onnx.Tests.Export;

/// <summary>FSRCNN with the library's own weights goes out as ONNX and comes back.</summary>
public sealed class FsrcnnExportTests : IDisposable
{
    // Twice the relative error of a rounding: two results err by one each.
    private const double Epsilon = 1.0 / (1 << 23);

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");

    public static TheoryData<int, int> Sizes => new() { { 24, 32 }, { 41, 17 }, { 1, 1 }, { 5, 90 } };

    public void Dispose() => File.Delete(_path);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_session_and_ONNX_Runtime_give_what_the_network_gives(int height, int width)
    {
        (FsrcnnNetwork network, PlaneNetwork plane) = Export();
        OnnxTensor input = Luma(1, height, width);
        using OnnxSession session = OnnxSession.Load(_path);
        OnnxTensor output = Values.Run(session, ("x", input));
        Assert.Equal([1, 1, network.Settings.Scale * height, network.Settings.Scale * width], output.Shape);
        float[] expected = Upscale(plane, input, height, width);
        double[] bound = Bound(plane, input, height, width);
        AssertNear(expected, output, bound);
        AssertNear(expected, OnnxRuntime.Run(File.ReadAllBytes(_path), Values.Named(("x", input)), "y")["y"], bound);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Read_back_it_gives_the_networks_own_bits_where_both_sum_directly(int height, int width)
    {
        (_, PlaneNetwork plane) = Export();
        OnnxTensor input = Luma(3, height, width);
        using OnnxSession session = OnnxSession.Load(_path, new() { Compute = new() { Algorithm = "phases" } });
        Assert.Equal(Upscale(plane, input, height, width), Values.Run(session, ("x", input)).Floats.ToArray());
    }

    [Fact]
    public void Read_back_and_written_again_it_gives_the_same_bits()
    {
        (FsrcnnNetwork network, _) = Export();
        byte[] first = File.ReadAllBytes(_path);
        UpscalingNetworkFile.WriteOnnx(_path, network);
        Assert.Equal(first, File.ReadAllBytes(_path));
        OnnxTensor input = Luma(2, 30, 21);
        using OnnxSession one = OnnxSession.Load(_path),
            other = OnnxSession.Load(new MemoryStream(first), new() { Compute = new() { Threads = 1 } });
        float[] expected = Values.Run(one, ("x", input)).Floats.ToArray();
        Assert.Equal(expected, Values.Run(one, ("x", input)).Floats.ToArray());
        Assert.Equal(expected, Values.Run(other, ("x", input)).Floats.ToArray());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_residual_network_too_gives_what_it_gives(int scale)
    {
        var network = new ResidualNetwork(new(scale, 6, 3), new RandomSource(4));
        Learning.Parameter<float> upsample = network.NamedParameters().Single(static one => one.Name == "upsample").Parameter;
        new RandomSource(5).FillNormal(0, 0.1, upsample.Values);
        UpscalingNetworkFile.WriteOnnx(_path, network);
        foreach ((int height, int width) in ((int, int)[])[(24, 32), (1, 1), (5, 40)]) AssertSame(network, height, width);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_pyramid_too_gives_what_it_gives_at_each_of_its_scales(int scale)
    {
        var drawn = new PyramidNetwork(new(3, 4, 2, 2), new RandomSource(4));
        foreach ((string name, Learning.Parameter<float> parameter) in drawn.NamedParameters())
            if (name is "residual" or "upsample") new RandomSource(5).FillNormal(0, 0.15, parameter.Values);
        PyramidNetwork network = drawn.ForScale(scale);
        UpscalingNetworkFile.WriteOnnx(_path, network);
        foreach ((int height, int width) in ((int, int)[])[(12, 9), (1, 1), (3, 20)]) AssertSame(network, height, width);

        // However many levels there are, the weights are written once: but for the last level's, which makes the picture alone.
        Assert.Equal(2 * (3 * 9 + 2) + 5 * 75 + 5 + 2 * (5 * 45 + 5) + 5 * 16 + (scale == 2 ? 0 : 25 * 16) - 2 * (9 + 2) - 9 - 0,
            OnnxModel.Load(_path).Parameters);
    }

    [Fact]
    public void Every_file_of_weights_that_the_library_brings_along_does_so()
    {
        foreach (ShippedNetwork shipped in ShippedNetwork.All)
        {
            UpscalingNetwork network = UpscalingWeights.Find(shipped.Quality, shipped.Scale, shipped.IsCompressed)!;
            UpscalingNetworkFile.WriteOnnx(_path, network);
            AssertSame(network, 21, 34, direct: false);
        }
    }

    // The session and ONNX Runtime within the bound, and where both sum directly its bits.
    private void AssertSame(UpscalingNetwork network, int height, int width, bool direct = true)
    {
        PlaneNetwork plane = network.ToPlaneNetwork();
        OnnxTensor input = Luma(1, height, width);
        float[] expected = Upscale(plane, input, height, width);
        double[] bound = Bound(plane, input, height, width);
        using (OnnxSession session = OnnxSession.Load(_path)) AssertNear(expected, Values.Run(session, ("x", input)), bound);
        AssertNear(expected, OnnxRuntime.Run(File.ReadAllBytes(_path), Values.Named(("x", input)), "y")["y"], bound);
        if (!direct) return;
        using OnnxSession phases = OnnxSession.Load(_path, new() { Compute = new() { Algorithm = "phases" } });
        Assert.Equal(expected, Values.Run(phases, ("x", input)).Floats.ToArray());
    }

    [Fact]
    public void Its_weights_are_the_networks_bit_for_bit()
    {
        (FsrcnnNetwork network, _) = Export();
        Dictionary<string, float[]> written = OnnxModel.Load(_path).Graph.Nodes.SelectMany(static node => node.Inputs)
            .Where(static value => value?.Constant is { ElementType: OnnxElementType.Float32 })
            .ToDictionary(static value => value!.Name, static value => value!.Constant!.Floats.ToArray(), StringComparer.Ordinal);
        foreach ((string name, Learning.Parameter<float> parameter) in network.NamedParameters())
            Assert.Equal(parameter.Values.ToArray(),
                written.Single(one => one.Key == name || one.Key.StartsWith(name + " as ", StringComparison.Ordinal)).Value);
        Assert.Contains("interpolation.weight", written.Keys);
    }

    private (FsrcnnNetwork Network, PlaneNetwork Plane) Export()
    {
        FsrcnnNetwork network = FsrcnnWeights.Find(FsrcnnWeights.Scales[0])!;
        UpscalingNetworkFile.WriteOnnx(_path, network);
        return (network, PlaneNetwork.Of(network));
    }

    private static OnnxTensor Luma(int seed, int height, int width) =>
        OnnxTensor.Create([.. Values.Random(seed, 1, 1, height, width).Floats.ToArray().Select(static value => (value + 1) / 2)], 1, 1,
        height, width);

    private static float[] Upscale(PlaneNetwork network, OnnxTensor input, int height, int width)
    {
        var output = new float[height * width * network.Scale * network.Scale];
        using var upscaler = new PlaneUpscaler(network, width, height);
        upscaler.Run(input.Floats, output);
        return output;
    }

    // The network of the weights' magnitudes, each times the most that its PReLU enlarges, gives a bound of the sums of magnitudes at each
    // output; a layer of R products and a bias, with a product for the PReLU, adds at most (R + 2) epsilon of it to a difference.
    private static double[] Bound(PlaneNetwork network, OnnxTensor input, int height, int width)
    {
        PlaneNetwork[] chains = [network, .. network.Added, .. network.Interpolation is { } interpolation ? (PlaneNetwork[])[interpolation] : []];
        return chains.Select(chain => ChainBound(chain, input, height, width)).Aggregate(
            static (sum, one) => [.. sum.Zip(one, static (first, second) => first + second)]);
    }

    private static double[] ChainBound(PlaneNetwork network, OnnxTensor input, int height, int width)
    {
        var magnitudes = new PlaneNetwork(network.Layers.Select(static layer => layer.Transposed
            ? PlaneLayer.Upsampling(layer.InputChannels, layer.OutputChannels, layer.Kernel, layer.Stride, layer.Padding,
            Magnitudes(layer, layer.Weight.AsSpan()), Magnitudes(layer, layer.Bias.AsSpan()))
            : PlaneLayer.Convolution(layer.InputChannels, layer.OutputChannels, layer.Kernel, Magnitudes(layer, layer.Weight.AsSpan()),
            Magnitudes(layer, layer.Bias.AsSpan()))));
        double share = Epsilon * network.Layers.Sum(static layer => layer.InputChannels * layer.Kernel * layer.Kernel + 2.0);
        return Array.ConvertAll(Upscale(magnitudes, input, height, width), value => value * share);

        static float[] Magnitudes(PlaneLayer layer, ReadOnlySpan<float> values)
        {
            int each = values.Length / (layer.Transposed ? 1 : layer.OutputChannels);
            var magnitudes = new float[values.Length];
            for (int i = 0; i < values.Length; i++)
                magnitudes[i] =
                    Math.Abs(values[i])
                    * (layer.Slopes.IsEmpty ? 1 : Math.Max(1, Math.Abs(layer.Slopes[layer.Slopes.Length == 1 ? 0 : i / each])));
            return magnitudes;
        }
    }

    private static void AssertNear(float[] expected, OnnxTensor actual, double[] bound)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual.Floats[i]) <= bound[i],
                $"element {i} is {actual.Floats[i]:R}, and should be {expected[i]:R}: they may differ by {bound[i]:g3}");
    }
}
