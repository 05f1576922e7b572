namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// The transposed convolution that equals an enlargement by nearest neighbour, <c>scale</c> times, followed by a convolution of stride
    /// 1:
    /// stride scale, <c>kernel + scale - 1</c> taps, and a crop of <c>kernel - 1 - padding</c> at both ends.
    /// </summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">The convolution's, [output channels, input channels / groups, kernel...].</param>
    /// <param name="scale">The whole factor of the enlargement.</param>
    /// <param name="padding">The convolution's, in elements of the enlarged input; default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or an output that is not positive.</exception>
    public static ConvTransposeGeometry ResizeConvolution(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, PerAxis scale, PerAxis padding = default, int groups = 1)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, Layout.ChannelsFirst);

        // A convolution's weights have the order of its adjoint's, whose input is the convolution's output.
        ShapeReading.Weights w = ShapeReading.ReadWeights(nameof(weight), weight, x.Rank, WeightLayout.InputOutputKernel);
        if (AtLeastOneGroup(groups) is { } error) throw new GeometryException(error);
        ShapeReading.RequireSame("input channels", nameof(weight), w.OutputChannels * groups, nameof(input), x.Channels);
        var scales = ShapeReading.Expand(scale, x.Rank, nameof(scale), fallback: 1, minimum: 1);
        var paddings = ShapeReading.Expand(padding, x.Rank, nameof(padding), fallback: 0, minimum: 0);
        var axes = new ConvTransposeAxis[x.Rank];
        for (int a = 0; a < axes.Length; a++)
        {
            long crop = w.Kernel[a] - 1 - paddings[a];
            axes[a] = ConvTransposeAxis.Create(x.Sizes[a], w.Kernel[a] + scales[a] - 1, scales[a], head: crop, tail: crop);
        }
        return Create(x.Batch, x.Channels, w.InputChannels, groups, axes);

        static GeometryError? AtLeastOneGroup(long groups) => ConvTransposeAxis.AtLeastOne(nameof(groups), groups);
    }
}
