namespace Upstride.Geometry;

/// <summary>What one axis of PyTorch's transposed convolution is set to.</summary>
/// <param name="Kernel">Taps of the kernel.</param>
/// <param name="Stride">Distance between the products of neighbouring inputs.</param>
/// <param name="Padding">Cropped at the start, and at the end but for the output padding.</param>
/// <param name="OutputPadding">Added at the end; below the stride or below the dilation.</param>
/// <param name="Dilation">Distance between neighbouring taps.</param>
public readonly record struct ConvTransposeSettings(int Kernel, int Stride, int Padding, int OutputPadding, int Dilation = 1)
{
    /// <summary>The axis that these settings make of <paramref name="input"/> elements.</summary>
    /// <exception cref="GeometryException">Settings that PyTorch refuses, or an output that is not positive.</exception>
    public ConvTransposeAxis Apply(long input) =>
        ConvTransposeGeometry.PyTorch([1, 1, (nint)input], [1, 1, Kernel], Stride, Padding, OutputPadding, dilation: Dilation).Axes[0];
}
