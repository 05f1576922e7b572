namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// The functions of integers that machines disagree on, element by element. What the specification leaves open, division by zero, gives 0
/// and never an exception.
/// </summary>
internal static class IntegerArithmetic
{
    /// <summary>The quotient without its fraction, rounded towards zero.</summary>
    public static void Divide(ReadOnlySpan<long> left, ReadOnlySpan<long> right, Span<long> destination)
    {
        // The quotient of the least number and -1 does not fit, and wraps as a negation does.
        for (int i = 0; i < destination.Length; i++)
            destination[i] = right[i] switch { 0 => 0, -1 => unchecked(-left[i]), var divisor => left[i] / divisor };
    }

    /// <summary>The remainder that has the sign of the divisor, as in Python.</summary>
    public static void FloorModulus(ReadOnlySpan<long> left, ReadOnlySpan<long> right, Span<long> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            long divisor = right[i], rest = divisor is 0 or -1 ? 0 : left[i] % divisor;
            destination[i] = rest != 0 && rest < 0 != divisor < 0 ? rest + divisor : rest;
        }
    }

    /// <summary>The remainder that has the sign of the dividend, as in C.</summary>
    public static void TruncatedModulus(ReadOnlySpan<long> left, ReadOnlySpan<long> right, Span<long> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = right[i] is 0 or -1 ? 0 : left[i] % right[i];
    }

    /// <summary>The remainder of floating-point numbers that has the sign of the dividend: C's fmod.</summary>
    public static void TruncatedModulus(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = left[i] % right[i];
    }

    /// <summary>The magnitude; that of the least number, which does not fit, is itself.</summary>
    public static void Magnitude(ReadOnlySpan<long> input, Span<long> destination)
    {
        for (int i = 0; i < input.Length; i++) destination[i] = input[i] < 0 ? unchecked(-input[i]) : input[i];
    }

    /// <summary>-1, 0 or 1.</summary>
    public static void Sign(ReadOnlySpan<long> input, Span<long> destination)
    {
        for (int i = 0; i < input.Length; i++) destination[i] = Math.Sign(input[i]);
    }

    /// <summary>The bits moved up, or those of an unsigned number down; by 64 and more nothing is left.</summary>
    public static void Shift(ReadOnlySpan<long> left, ReadOnlySpan<long> right, Span<long> destination, bool up)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (ulong)right[i] > 63 ? 0 : up ? left[i] << (int)right[i] : left[i] >>> (int)right[i];
    }

    /// <summary>A power by repeated squaring, which wraps; one of a negative exponent is the fraction rounded towards zero.</summary>
    public static long Power(long value, long exponent)
    {
        if (exponent < 0) return value switch { 1 => 1, -1 => (exponent & 1) == 0 ? 1 : -1, _ => 0 };
        long result = 1;
        for (; exponent != 0; exponent >>= 1, value *= value)
            if ((exponent & 1) != 0) result *= value;
        return result;
    }
}
