using System.Numerics;

namespace Upstride.Learning.Operations;

/// <summary>erf(x) = 2/sqrt(pi) times the integral of e^-t² from 0 to x, in double precision whatever the type.</summary>
internal readonly struct ErrorFunction<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const double TwoOverRootPi = 1.1283791670955126;

    // From here on 1 - erf is below half a rounding of 1.
    private const double One = 6, SeriesEnd = 2.5;

    public static void Compute(ReadOnlySpan<T> x, Span<T> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = T.CreateTruncating(Of(double.CreateTruncating(x[i])));
    }

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) =>
        g * Functions.Exp(-Functions.Square(x)) * T.CreateTruncating(TwoOverRootPi);

    private static double Of(double x)
    {
        double size = Math.Abs(x);
        if (!(size < One)) return double.IsNaN(x) ? x : Math.Sign(x);
        return size < SeriesEnd ? Series(x) : Math.CopySign(1 - Tail(size), x);
    }

    // 2/sqrt(pi) e^-x² (x + 2x³/3 + 4x⁵/15 + ...): no term is negative for a positive x, so that nothing cancels.
    private static double Series(double x)
    {
        double square = 2 * x * x, term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++) sum += term *= square / (2 * n + 1);
        return TwoOverRootPi * Math.Exp(-x * x) * sum;
    }

    // 1 - erf by the continued fraction e^-x²/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))).
    private static double Tail(double x)
    {
        double fraction = x;
        for (int n = 80; n >= 1; n--) fraction = x + n / 2.0 / fraction;
        return TwoOverRootPi / 2 * Math.Exp(-x * x) / fraction;
    }
}
