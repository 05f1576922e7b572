using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>Distances, in elements, between neighbours of a tensor of activations, its space brought to three axes.</summary>
internal readonly record struct ActivationStrides(nint Image, nint Channel, nint Depth, nint Height, nint Width)
{
    /// <summary>Of the input of <paramref name="geometry"/>.</summary>
    public static ActivationStrides OfInput(ConvTransposeGeometry geometry) =>
        Of(geometry.InputChannels, geometry.Layout, geometry.ThreeAxes, static axis => axis.Input);

    /// <summary>Of the output of <paramref name="geometry"/>.</summary>
    public static ActivationStrides OfOutput(ConvTransposeGeometry geometry) =>
        Of(geometry.OutputChannels, geometry.Layout, geometry.ThreeAxes, static axis => axis.Output);

    private static ActivationStrides Of(int channels, Layout layout, ImmutableArray<ConvTransposeAxis> axes,
        Func<ConvTransposeAxis, int> size)
    {
        nint plane = (nint)size(axes[0]) * size(axes[1]) * size(axes[2]);
        nint element = layout == Layout.ChannelsFirst ? 1 : channels;
        return new(
            channels * plane, layout == Layout.ChannelsFirst ? plane : 1,
            size(axes[1]) * size(axes[2]) * element, size(axes[2]) * element, element);
    }
}
