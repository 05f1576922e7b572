using System.Numerics.Tensors;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Models.Generation;
using Upstride.Models.Segmentation;
using Upstride.Onnx.Tests.Runtime;

namespace Upstride.Onnx.Tests.Export;

/// <summary>Generators and segmentation networks go out as ONNX: a session and ONNX Runtime give what the network gives.</summary>
public sealed class DecoderExportTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");

    public static TheoryData<UpsamplingKind> Kinds => new(Enum.GetValues<UpsamplingKind>());

    public static TheoryData<SegmentationArchitecture, DecoderUpsampling> Structures =>
        new MatrixTheoryData<SegmentationArchitecture, DecoderUpsampling>(Enum.GetValues<SegmentationArchitecture>(),
            Enum.GetValues<DecoderUpsampling>());

    public void Dispose() => File.Delete(_path);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_generator_makes_the_same_pictures(UpsamplingKind upsampling)
    {
        var generator = new DcganGenerator<float>(new(32, 1, 4, 10, upsampling), new RandomSource(1));
        Used(generator);
        DcganFile.WriteOnnx(_path, generator);
        AssertSame(generator, [3, 10, 1, 1]);
    }

    [Theory]
    [MemberData(nameof(Structures))]
    public void A_segmentation_network_gives_the_same_scores(SegmentationArchitecture architecture, DecoderUpsampling upsampling)
    {
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(
            new(architecture, ["a", "b", "c"], 1.0 / 32, upsampling), new RandomSource(1));
        Used(network);
        SegmentationFile.WriteOnnx(_path, network, 64, 32);
        AssertSame(network, [2, 3, 64, 32]);
    }

    [Fact]
    public void A_network_without_unpooling_takes_every_size()
    {
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(
            new(SegmentationArchitecture.UNet, ["a", "b", "c"], 1.0 / 32), new RandomSource(1));
        Used(network);
        SegmentationFile.WriteOnnx(_path, network);
        AssertSame(network, [1, 3, 16, 48]);
        AssertSame(network, [2, 3, 32, 32]);
    }

    // Running values of a batch, as after a training: else every layer would scale by chance.
    private static void Used(Module<float> network)
    {
        foreach (BatchNorm<float> norm in All(network).OfType<BatchNorm<float>>())
        {
            new RandomSource(3).FillNormal(0, 0.2, norm.RunningMean.Values);
            new RandomSource(4).FillUniform(0.5, 2, norm.RunningVariance.Values);
        }
        network.Eval();

        static IEnumerable<Module<float>> All(Module<float> module) =>
            module.Children.SelectMany(static child => All(child.Module)).Prepend(module);
    }

    private void AssertSame(Module<float> network, nint[] shape)
    {
        float[] values = new float[shape.Aggregate((nint)1, static (product, length) => product * length)];
        new RandomSource(2).FillUniform(0, 1, values.AsSpan());
        OnnxTensor input = OnnxTensor.Create(values, shape), expected = Network.Forward(network, input);
        using OnnxSession session = OnnxSession.Load(_path);

        // Some thirty layers, each a sum whose rounding is a small part of its largest value.
        float bound = 30 * 16f / (1 << 23) * Math.Max(1, Math.Abs(TensorPrimitives.MaxMagnitude(expected.Floats)));
        AssertNear(expected, Values.Run(session, ("x", input)), bound);
        AssertNear(expected, OnnxRuntime.Run(File.ReadAllBytes(_path), Values.Named(("x", input)), "y")["y"], bound);
    }

    private static void AssertNear(OnnxTensor expected, OnnxTensor actual, float bound)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected.Floats[i] - actual.Floats[i]) <= bound,
                $"element {i} is {actual.Floats[i]:R}, and should be {expected.Floats[i]:R} within {bound}");
    }
}
