using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// One axis of the stride-1 convolution that equals a transposed one: put <see cref="ZerosBetween"/> zeros between neighbouring inputs,
/// pad,
/// and convolve with the flipped kernel (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", relationship 13).
/// </summary>
/// <param name="Input">The stretched input, <c>input + (input - 1)*(stride - 1)</c>, before padding.</param>
/// <param name="Kernel">Taps of the kernel, as many as the transposed convolution has.</param>
/// <param name="Dilation">Distance between neighbouring taps, likewise.</param>
/// <param name="PaddingHead">Zeros before the stretched input, <c>extent - 1 - head</c>; negative drops elements of it.</param>
/// <param name="PaddingTail">Zeros after it, <c>extent - 1 - tail</c>; negative drops elements of it.</param>
/// <param name="ZerosBetween">Zeros between neighbouring inputs, <c>stride - 1</c>.</param>
public readonly record struct EquivalentConvolution(int Input, int Kernel, int Dilation, int PaddingHead, int PaddingTail, int ZerosBetween)
{
    /// <summary>Always 1.</summary>
    public int Stride => 1;

    /// <summary>The convolution that equals the transposed one over <paramref name="axis"/>.</summary>
    /// <exception cref="GeometryException">An axis that was not created.</exception>
    public static EquivalentConvolution Of(ConvTransposeAxis axis) =>
        axis.NotCreated(nameof(axis)) is { } error ? throw new GeometryException(error) : new(
        (int)StretchedLength(axis.Input, axis.Stride), axis.Kernel, axis.Dilation,
        axis.Extent - 1 - axis.Head, axis.Extent - 1 - axis.Tail, axis.Stride - 1);

    /// <summary>The convolutions that equal the transposed one over each axis of <paramref name="geometry"/>, outermost first.</summary>
    public static ImmutableArray<EquivalentConvolution> Of(ConvTransposeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return [.. geometry.Axes.Select(Of)];
    }

    /// <summary><c>input + (input - 1)*(stride - 1) = (input - 1)*stride + 1</c>.</summary>
    internal static long StretchedLength(int input, int stride) => input + (input - 1L) * (stride - 1);

    /// <summary>The crop of the full output that padding the stretched input by these amounts leaves.</summary>
    internal static (long Head, long Tail) CropOfPadding(int extent, int head, int tail) => (extent - 1L - head, extent - 1L - tail);
}
