using Upstride.Explain.Diagnosis;
using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;
using Upstride.Operators;

namespace Upstride.Samples.Checkerboard;

/// <summary>One of the six ways to double a size, with the transposed convolution that its trained weights are.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Create">Makes the layer: input channels, output channels.</param>
/// <param name="Equal">The transposed convolution that the layer equals.</param>
internal sealed record Upsampling(string Name, Func<int, int, Module<float>> Create, Func<Module<float>, UpsamplingLayer> Equal)
{
    public static IReadOnlyList<Upsampling> All { get; } =
    [
        new("transposed k3 s2", static (from, to) => new ConvTranspose2d<float>(from, to, 3, 2, 1, 1), Transposed),
        new("transposed k4 s2", static (from, to) => new ConvTranspose2d<float>(from, to, 4, 2, 1), Transposed),
        new("transposed k4 s2, ICNR", static (from, to) => new IcnrConvTranspose(from, to),
            static layer => Transposed(((IcnrConvTranspose)layer).Inner)),
        new("zero-order hold, k3 + 1", static (from, to) => new HeldConvTranspose(from, to),
            static layer => Cures.ZeroOrderHold(Transposed(((HeldConvTranspose)layer).Inner)).Layer),
        new("resize, then convolution k3", static (from, to) => new ResizeConv2d<float>(from, to, 3, 2, 1), Resize),
        new("pixel shuffle k3, ICNR", static (from, to) => new SubPixelConv2d<float>(from, to, 3, 2, 1, initializer: Initializer.Icnr(2)),
            SubPixel),
    ];

    private static UpsamplingLayer Transposed(Module<float> layer) => Layer(((ConvTranspose2d<float>)layer).Weight, 2);

    private static UpsamplingLayer Resize(Module<float> layer)
    {
        Parameter<float> weight = ((ResizeConv2d<float>)layer).Weight;
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ResizeConvolution([1, weight.Shape[1], 7, 7], weight.Shape.AsSpan(), 2, 1);
        float[] fused = ResizeConvolution.FuseWeights<float>(geometry, weight.Shape.AsSpan(), weight.Values);
        return UpsamplingLayer.Create("", [.. geometry.WeightShape.Select(static size => (int)size)], Doubles(fused), 2);
    }

    private static UpsamplingLayer SubPixel(Module<float> layer)
    {
        Parameter<float> weight = ((SubPixelConv2d<float>)layer).Weight;
        return UpsamplingLayer.OfSubPixel("", [.. weight.Shape.Select(static size => (int)size)], Doubles(weight.Values), 2);
    }

    private static UpsamplingLayer Layer(Parameter<float> weight, int stride) =>
        UpsamplingLayer.Create("", [.. weight.Shape.Select(static size => (int)size)], Doubles(weight.Values), stride);

    private static double[] Doubles(ReadOnlySpan<float> values) => [.. values.ToArray().Select(static value => (double)value)];
}

/// <summary>A transposed convolution whose first weights are the same for every phase.</summary>
internal sealed class IcnrConvTranspose : Module<float>
{
    public IcnrConvTranspose(int from, int to) => Inner = AddChild("inner", new ConvTranspose2d<float>(from, to, 4, 2, 1));

    public ConvTranspose2d<float> Inner { get; }

    public override Variable<float> Forward(Variable<float> input) => Inner.Forward(input);

    /// <summary>Makes the phases of the first weights alike.</summary>
    public void Level()
    {
        Parameter<float> weight = Inner.Weight;
        var layer = UpsamplingLayer.Create(
            "", [.. weight.Shape.Select(static size => (int)size)], [.. weight.Values.ToArray().Select(static value => (double)value)], 2);
        double[] level = [.. Cures.Icnr(layer).Layer.Weight];
        for (int i = 0; i < level.Length; i++) weight.Values[i] = (float)level[i];
    }
}

/// <summary>
/// A transposed convolution of three taps with a zero-order hold behind it: the mean of 2x2 neighbours of its whole output. Trained as
/// two steps,
/// it is used as one transposed convolution of four taps.
/// </summary>
internal sealed class HeldConvTranspose : Module<float>
{
    private readonly int _channels;

    public HeldConvTranspose(int from, int to)
    {
        _channels = to;
        Inner = AddChild("inner", new ConvTranspose2d<float>(from, to, 3, 2));
    }

    public ConvTranspose2d<float> Inner { get; }

    public override Variable<float> Forward(Variable<float> input)
    {
        Variable<float> whole = Inner.Forward(input);
        float[] mean = [.. Enumerable.Repeat(0.25f, 4 * _channels)];
        return Functions.Convolution(whole, Tape.Constant(mean, [_channels, 1, 2, 2]), groups: _channels);
    }

    /// <summary>The tape of the step; the hold's weights are constants on it.</summary>
    public Tape<float> Tape { get; set; } = null!;
}
