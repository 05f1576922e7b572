using System.Collections.Immutable;
using System.Numerics;

namespace Upstride.Geometry;

/// <summary>
/// How many products (input times weight, per pair of channels) land on each output of a transposed convolution: uneven counts are the
/// cause of checkerboard artifacts (Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", 2016).
/// </summary>
/// <remarks>
/// Away from the border an output of phase r is reached by the taps t with <c>t*dilation % stride = r</c>, so the pattern repeats
/// with the stride. With g = gcd(stride, dilation) every g-th phase has taps, <c>kernel*g/stride</c> of them rounded down or up, and the
/// phases
/// between have none. The pattern is even where all phases have the same number: stride and dilation without a common factor, and
/// a kernel that the stride divides. At the border fewer inputs take part, whatever the pattern: <see cref="Min"/>, <see cref="Max"/> and
/// <see cref="IsEven"/> tell of the pattern, <see cref="CountAt"/> and <see cref="ToArray"/> of the outputs there are.
/// </remarks>
public sealed class OverlapMap
{
    private readonly ImmutableArray<ConvTransposeAxis> _axes;

    private OverlapMap(ImmutableArray<ConvTransposeAxis> axes) => _axes = axes;

    /// <summary>Whether all phases have the same number of taps, so that no checkerboard arises.</summary>
    public bool IsEven => Min == Max;

    /// <summary>Taps of the phase that has the fewest: the smallest count away from the border.</summary>
    public int Min => _axes.Aggregate(1, static (product, axis) => product * PhaseTaps(axis).Min);

    /// <summary>Taps of the phase that has the most: the largest count away from the border.</summary>
    public int Max => _axes.Aggregate(1, static (product, axis) => product * PhaseTaps(axis).Max);

    /// <summary>The overlap along one axis.</summary>
    /// <exception cref="GeometryException">An axis that was not created.</exception>
    public static OverlapMap Of(ConvTransposeAxis axis) =>
        axis.NotCreated(nameof(axis)) is { } error ? throw new GeometryException(error) : new([axis]);

    /// <summary>The overlap over all spatial axes: the product of the axes' own.</summary>
    public static OverlapMap Of(ConvTransposeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry.Axes);
    }

    /// <summary>The taps of each phase along <paramref name="axis"/>, by residue modulo the stride: [stride].</summary>
    public int[] GetTapsPerPhase(int axis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(axis);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(axis, _axes.Length);
        ConvTransposeAxis one = _axes[axis];
        var taps = new int[one.Stride];
        for (int tap = 0; tap < one.Kernel; tap++) taps[(int)((long)tap * one.Dilation % one.Stride)]++;
        return taps;
    }

    /// <summary>The products that land on one output, the border's lack included.</summary>
    /// <param name="output">The output's place on each axis, outermost first.</param>
    public int CountAt(params ReadOnlySpan<int> output)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(output.Length, _axes.Length);
        int count = 1;
        for (int a = 0; a < output.Length; a++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(output[a], nameof(output));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output[a], _axes[a].Output, nameof(output));
            count *= _axes[a].ProductsOf(output[a]).Count();
        }
        return count;
    }

    /// <summary>The products that land on every output, the border's lack included: [outputs...] in row-major order.</summary>
    public int[] ToArray()
    {
        int[] map = [1];
        foreach (ConvTransposeAxis axis in _axes)
        {
            var counts = new int[axis.Output];
            for (int output = 0; output < counts.Length; output++) counts[output] = axis.ProductsOf(output).Count();
            map = [.. map.SelectMany(_ => counts, static (outer, inner) => outer * inner)];
        }
        return map;
    }

    private static (int Min, int Max) PhaseTaps(ConvTransposeAxis axis)
    {
        int common = (int)BigInteger.GreatestCommonDivisor(axis.Stride, axis.Dilation);
        int reached = axis.Stride / common;
        return (common > 1 ? 0 : axis.Kernel / reached, (int)Integers.DivideUp(axis.Kernel, reached));
    }
}
