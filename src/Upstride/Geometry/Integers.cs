namespace Upstride.Geometry;

/// <summary>Division of integers by positive divisors, rounded up or down.</summary>
internal static class Integers
{
    /// <summary>The quotient, rounded up.</summary>
    public static int DivideUp(int value, int divisor)
    {
        (int quotient, int remainder) = Math.DivRem(value, divisor);
        return remainder > 0 ? quotient + 1 : quotient;
    }

    /// <inheritdoc cref="DivideUp(int, int)"/>
    public static long DivideUp(long value, long divisor)
    {
        (long quotient, long remainder) = Math.DivRem(value, divisor);
        return remainder > 0 ? quotient + 1 : quotient;
    }

    /// <summary>The quotient, rounded down.</summary>
    public static long DivideDown(long value, long divisor)
    {
        (long quotient, long remainder) = Math.DivRem(value, divisor);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    /// <summary>What is left of <paramref name="value"/> above the multiple of <paramref name="divisor"/> below it; never
    /// negative.</summary>
    public static long Remainder(long value, long divisor) => value - (DivideDown(value, divisor) * divisor);

    /// <summary>The least multiple of <paramref name="step"/> that is not below <paramref name="value"/>.</summary>
    public static int RoundUp(int value, int step) => DivideUp(value, step) * step;

    /// <inheritdoc cref="RoundUp(int, int)"/>
    public static long RoundUp(long value, long step) => DivideUp(value, step) * step;

    /// <summary>
    /// Sizes of the fewest parts of at most <paramref name="max"/> that make up <paramref name="total"/>: even ones, the larger first.
    /// </summary>
    public static int[] EvenParts(int total, int max)
    {
        int[] sizes = new int[DivideUp(total, max)];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = total / sizes.Length + (i < total % sizes.Length ? 1 : 0);
        return sizes;
    }
}
