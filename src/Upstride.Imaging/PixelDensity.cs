namespace Upstride.Imaging;

/// <summary>How many pixels there are along a length, or only how the sides of a pixel relate.</summary>
/// <param name="X">Pixels along a row: in a metre, or in any unit where <paramref name="IsPerMetre"/> is false.</param>
/// <param name="Y">Pixels along a column, in the same unit.</param>
/// <param name="IsPerMetre">Whether the unit is the metre; otherwise only the ratio of the two numbers has a meaning.</param>
public readonly record struct PixelDensity(double X, double Y, bool IsPerMetre = true)
{
    internal const double MetresPerInch = 0.0254;

    /// <summary>Pixels per inch.</summary>
    public static PixelDensity PerInch(double x, double y) => new(x / MetresPerInch, y / MetresPerInch);

    internal PixelDensity Transposed() => new(Y, X, IsPerMetre);

    internal bool IsUsable => X > 0 && Y > 0 && double.IsFinite(X) && double.IsFinite(Y);
}
