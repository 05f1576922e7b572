using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Keeps gradients from being too large, between the backward pass and the step.</summary>
public static class GradientClipping
{
    private const int BlockLength = 1024;

    /// <summary>Shortens all gradients alike where their norm, the root of the sum of all squares, exceeds the maximum.</summary>
    /// <remarks>Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.</remarks>
    /// <param name="parameters">Those whose gradients count; one without a gradient counts for nothing.</param>
    /// <param name="maximum">The largest norm allowed.</param>
    /// <returns>The norm before. Where it is not finite the gradients are left as they are: no factor mends them, and a step by them should
    /// be left out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    public static double ByNorm<T>(ReadOnlySpan<Parameter<T>> parameters, double maximum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        AboveZero(maximum);
        double squares = 0;
        foreach (Parameter<T> parameter in parameters)
            if (parameter.Gradient is { } gradient) squares += SumOfSquares<T>(gradient.Elements);
        double norm = Math.Sqrt(squares);
        if (!double.IsFinite(norm) || norm <= maximum) return norm;
        T factor = T.CreateTruncating(maximum / norm);
        foreach (Parameter<T> parameter in parameters)
            if (parameter.Gradient is { } gradient) TensorPrimitives.Multiply(gradient.Elements, factor, gradient.Elements);
        return norm;
    }

    /// <summary>Brings every number of every gradient into [-maximum, maximum].</summary>
    /// <param name="parameters">Those whose gradients are clipped.</param>
    /// <param name="maximum">The largest value allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    public static void ByValue<T>(ReadOnlySpan<Parameter<T>> parameters, double maximum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        AboveZero(maximum);
        T bound = T.CreateTruncating(maximum);
        foreach (Parameter<T> parameter in parameters)
        {
            if (parameter.Gradient is not { } gradient) continue;
            TensorPrimitives.Min(gradient.Elements, bound, gradient.Elements);
            TensorPrimitives.Max(gradient.Elements, -bound, gradient.Elements);
        }
    }

    // In double: squares of single precision would overflow at 1e19 already. Element by element, and in order at the end: TensorPrimitives'
    // own
    // sum begins its vectors where the memory is aligned, so that the same numbers elsewhere would sum to other bits.
    private static double SumOfSquares<T>(ReadOnlySpan<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<double> block = stackalloc double[BlockLength], sums = stackalloc double[BlockLength];
        sums.Clear();
        while (values.Length > 0)
        {
            ReadOnlySpan<T> part = values[..Math.Min(values.Length, BlockLength)];
            values = values[part.Length..];
            Span<double> converted = block[..part.Length], sum = sums[..part.Length];
            TensorPrimitives.ConvertTruncating(part, converted);
            TensorPrimitives.MultiplyAdd(converted, converted, sum, sum);
        }
        double total = 0;
        foreach (double one in sums) total += one;
        return total;
    }

    private static void AboveZero(double maximum)
    {
        if (!(maximum > 0)) throw new ArgumentOutOfRangeException(nameof(maximum), maximum, $"maximum = {maximum}, and must be above 0");
    }
}
