namespace Upstride.Geometry;

/// <summary>A place between the samples of an axis: <c>Floor + Fraction</c>.</summary>
/// <param name="Floor">The sample at or before the place; may lie outside the input.</param>
/// <param name="Fraction">The distance from there, 0 up to but not including 1.</param>
public readonly record struct ResizePosition(long Floor, double Fraction)
{
    // The denominators of sizes are far below 2^52, so there the rounding of this one division moves no fraction onto or across 1/2
    // or 1. A scale given in double precision may have a larger one; it serves filters alone, which are continuous.
    internal static ResizePosition OfRatio(Int128 numerator, Int128 denominator)
    {
        (Int128 floor, Int128 rest) = Int128.DivRem(numerator, denominator);
        if (rest < 0)
        {
            floor--;
            rest += denominator;
        }
        return new((long)floor, (double)rest / (double)denominator);
    }

    internal static ResizePosition OfSingle(float value)
    {
        float floor = MathF.Floor(value);
        return new((long)floor, value - floor);
    }

    /// <summary>The whole position nearest to this place; may lie outside the input.</summary>
    /// <param name="rounding">Which of the two neighbours wins.</param>
    /// <param name="shrinks">Whether the axis shrinks, for <see cref="ResizeNearest.CeilingWhereShrinking"/>.</param>
    public long Nearest(ResizeNearest rounding, bool shrinks = false) => rounding switch
    {
        ResizeNearest.RoundPreferFloor => Fraction > 0.5 ? Floor + 1 : Floor,
        ResizeNearest.RoundPreferCeiling => Fraction >= 0.5 ? Floor + 1 : Floor,
        ResizeNearest.Floor => Floor,
        ResizeNearest.Ceiling => Fraction > 0 ? Floor + 1 : Floor,
        ResizeNearest.CeilingWhereShrinking => shrinks && Fraction > 0 ? Floor + 1 : Floor,
        _ => throw new GeometryException(ShapeReading.NoneOf(nameof(rounding), rounding)!),
    };
}
