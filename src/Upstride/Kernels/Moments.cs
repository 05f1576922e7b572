using System.Numerics;

namespace Upstride.Kernels;

/// <summary>
/// Mean and variance of many single-precision numbers, summed in double precision, so that neither their number nor a mean far from zero
/// costs digits.
/// </summary>
internal static class Moments
{
    public static double MeanOf(ReadOnlySpan<float> values)
    {
        Vector<double> low = default, high = default;
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> first, out Vector<double> second);
            low += first;
            high += second;
        }
        double sum = Vector.Sum(low + high);
        for (; i < values.Length; i++) sum += values[i];
        return sum / values.Length;
    }

    /// <summary>The sum of the squares of the differences from <paramref name="mean"/>.</summary>
    public static double SquaresAround(ReadOnlySpan<float> values, double mean)
    {
        Vector<double> low = default, high = default, center = new(mean);
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> first, out Vector<double> second);
            low += (first - center) * (first - center);
            high += (second - center) * (second - center);
        }
        double sum = Vector.Sum(low + high);
        for (; i < values.Length; i++) sum += (values[i] - mean) * (values[i] - mean);
        return sum;
    }

    /// <summary>Mean, and the mean of the squared differences from it.</summary>
    public static (double Mean, double Variance) Of(ReadOnlySpan<float> values)
    {
        double mean = MeanOf(values);
        return (mean, SquaresAround(values, mean) / values.Length);
    }

    /// <summary>destination = scale * (values - mean) + shift; may be the same memory.</summary>
    public static void Normalize(ReadOnlySpan<float> values, double mean, double scale, double shift, Span<float> destination)
    {
        // The difference before the product, as the values may be large beside their differences; what rounding the mean leaves goes into
        // the shift.
        var center = (float)mean;
        var factor = (float)scale;
        var rest = (float)(shift + scale * (center - mean));
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
            Vector.FusedMultiplyAdd(new Vector<float>(values[i..]) - new Vector<float>(center), new(factor), new Vector<float>(rest))
                .CopyTo(destination[i..]);
        for (; i < values.Length; i++) destination[i] = MathF.FusedMultiplyAdd(values[i] - center, factor, rest);
    }
}
