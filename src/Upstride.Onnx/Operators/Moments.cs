using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>Mean and variance of many numbers: runs of them in single precision, the runs together in double, so that no length makes the sum coarse.</summary>
internal static class Moments
{
    // A vector's lane sums at most Run / lanes numbers, so its rounding is that of a sum of some dozens.
    private const int Run = 1024;

    public static double MeanOf(ReadOnlySpan<float> values)
    {
        double sum = 0;
        for (int from = 0; from < values.Length; from += Run) sum += TensorPrimitives.Sum(values.Slice(from, Math.Min(Run, values.Length - from)));
        return sum / values.Length;
    }

    /// <summary>The sum of the squares of the differences from <paramref name="mean"/>.</summary>
    public static double SquaresAround(ReadOnlySpan<float> values, double mean)
    {
        float center = (float)mean;
        double sum = 0;
        for (int from = 0; from < values.Length; from += Run)
        {
            ReadOnlySpan<float> run = values.Slice(from, Math.Min(Run, values.Length - from));
            var lanes = Vector<float>.Zero;
            int i = 0;
            for (; i + Vector<float>.Count <= run.Length; i += Vector<float>.Count)
            {
                Vector<float> difference = new Vector<float>(run[i..]) - new Vector<float>(center);
                lanes += difference * difference;
            }
            sum += Vector.Sum(lanes);
            for (; i < run.Length; i++) sum += (run[i] - center) * (run[i] - center);
        }

        // What rounding the mean moved every square by.
        return Math.Max(0, sum - values.Length * (mean - center) * (mean - center));
    }

    /// <summary>Mean, and the mean of the squared differences from it.</summary>
    public static (double Mean, double Variance) Of(ReadOnlySpan<float> values)
    {
        double mean = MeanOf(values);
        return (mean, SquaresAround(values, mean) / values.Length);
    }

    /// <summary>destination = scale * values + shift; may be the same memory.</summary>
    public static void Apply(ReadOnlySpan<float> values, float scale, float shift, Span<float> destination)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
            Vector.FusedMultiplyAdd(new(values[i..]), new(scale), new Vector<float>(shift)).CopyTo(destination[i..]);
        for (; i < values.Length; i++) destination[i] = MathF.FusedMultiplyAdd(values[i], scale, shift);
    }
}
