using System.Numerics;

namespace Upstride.Kernels.Functions;

/// <summary>Functions of vectors that the activations are built of.</summary>
internal static class VectorMath
{
    // erf(x) / x in powers of x^2, for |x| <= 1: Chebyshev interpolation of degree 6, relative error 2e-9.
    private static readonly float[] ErrorBelowOne =
        [1.1283791065216064f, -0.3761262595653534f, 0.11283594369888306f, -0.02685421146452427f, 0.005189087241888046f,
        -0.000801686430349946f, 7.875874871388078e-05f];

    // log(1 - erf(x)) in powers of (x - 2.5) / 1.5, for 1 <= x <= 4: Chebyshev interpolation of degree 8, error of erf 5e-10.
    private static readonly float[] ErrorFromOne =
    [
        -7.806815147399902f, -8.029021263122559f, -2.123760938644409f, -0.036647576838731766f, 0.010961849242448807f,
        -0.0031903053168207407f, 0.0008803970995359123f, -0.00022749950585421175f, 4.1958399378927425e-05f,
    ];

    // tanh(x) / x in powers of x^2, for |x| <= 0.7: Chebyshev interpolation of degree 6, relative error 7e-10.
    private static readonly float[] TangentNearZero =
        [1f, -0.33333319425582886f, 0.13332916796207428f, -0.053916167467832565f, 0.021554505452513695f, -0.007855956442654133f,
        0.001878333161585033f];

    /// <summary>exp(x) - 1, exact also where x is small: what rounding exp(x) loses is found again in its logarithm (W. Kahan).</summary>
    public static Vector<float> ExpM1(Vector<float> x)
    {
        Vector<float> power = Vector.Exp(x), less = power - Vector<float>.One;
        Vector<float> corrected = less * (x / Vector.Log(power));

        // Far from 0 there is nothing to correct, and the logarithm of 0 or infinity would spoil it.
        return Vector.ConditionalSelect(Vector.Equals(power, Vector<float>.One), x,
            Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), Vector<float>.One), corrected, less));
    }

    /// <summary>log(1 + x) for x in 0 .. 1, exact also where x is small, in the same way.</summary>
    public static Vector<float> Log1P(Vector<float> x)
    {
        Vector<float> sum = Vector<float>.One + x, kept = sum - Vector<float>.One;
        return Vector.ConditionalSelect(Vector.Equals(kept, Vector<float>.Zero), x, Vector.Log(sum) * (x / kept));
    }

    /// <summary>The error function.</summary>
    public static Vector<float> Erf(Vector<float> x)
    {
        Vector<float> magnitude = Vector.Abs(x);
        Vector<float> below = x * Polynomial(x * x, ErrorBelowOne);

        // At 4 the error function is 1 in single precision.
        Vector<float> held = Vector.Min(magnitude, new(4f));
        Vector<float> from = Vector<float>.One - Vector.Exp(Polynomial((held - new Vector<float>(2.5f)) * (1 / 1.5f), ErrorFromOne));
        return Vector.ConditionalSelect(Vector.LessThan(magnitude, Vector<float>.One), below, Vector.CopySign(from, x));
    }

    /// <summary>The hyperbolic tangent, exact also where x is small.</summary>
    public static Vector<float> Tanh(Vector<float> x)
    {
        Vector<float> magnitude = Vector.Abs(x);
        Vector<float> far = Vector<float>.One - (new Vector<float>(2f) / (Vector.Exp(magnitude + magnitude) + Vector<float>.One));
        return Vector.ConditionalSelect(Vector.LessThan(magnitude, new(0.7f)), x * Polynomial(x * x, TangentNearZero),
            Vector.CopySign(far, x));
    }

    /// <summary>The hyperbolic tangent, exact also where x is small: odd, and 0 at 0.</summary>
    public static Vector<double> Tanh(Vector<double> x)
    {
        // From 22 on the tangent is 1 in double precision; held there, the power does not overflow.
        Vector<double> twice = Vector.Min(Vector.Abs(x), new(22.0)) * 2.0;
        Vector<double> power = Vector.Exp(twice), less = power - Vector<double>.One;
        Vector<double> corrected = less * (twice / Vector.Log(power));
        Vector<double> grown = Vector.ConditionalSelect(
            Vector.Equals(power, Vector<double>.One), twice,
            Vector.ConditionalSelect(Vector.LessThan(twice, Vector<double>.One), corrected, less));
        return Vector.CopySign(grown / (grown + new Vector<double>(2.0)), x);
    }

    private static Vector<float> Polynomial(Vector<float> x, float[] coefficients)
    {
        var sum = new Vector<float>(coefficients[^1]);
        for (int power = coefficients.Length - 2; power >= 0; power--) sum = Vector.FusedMultiplyAdd(sum, x, new(coefficients[power]));
        return sum;
    }
}
