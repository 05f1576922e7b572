namespace Upstride.Tests.Kernels;

/// <summary>
/// How much Winograd's transforms, as Toom and Cook build them of the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, can magnify an error.
/// </summary>
internal static class ToomCook
{
    private static readonly double[] s_points = [0, 1, -1, 2, -2, 0.5, -0.5];

    /// <summary>
    /// The most that a result of <paramref name="m"/> can be, of data and weights up to one, if every sign in the transforms goes the wrong
    /// way: the sum over the points of |output factor| * (sum of |weight factors|) * (sum of |input factors|).
    /// </summary>
    public static double Amplification(int alpha, int m)
    {
        if (alpha == m) return 1;
        int taps = alpha - m + 1;
        double[] finite = s_points[..(alpha - 1)];
        double worst = 0;
        for (int y = 0; y < m; y++)
        {
            // At infinity the weight is the last tap, and only the last result sees it.
            double sum = y == m - 1 ? Coefficients(finite) : 0;
            foreach (double point in finite)
            {
                double[] others = [.. finite.Where(other => other != point)];
                double norm = Math.Abs(others.Aggregate(1.0, (product, other) => product * (point - other)));
                double weights = Enumerable.Range(0, taps).Sum(tap => Math.Pow(Math.Abs(point), tap)) / norm;
                sum += Math.Pow(Math.Abs(point), y) * weights * Coefficients(others);
            }
            worst = Math.Max(worst, sum);
        }
        return worst;
    }

    /// <summary>The sum of the magnitudes of the coefficients of the product of (x - root).</summary>
    private static double Coefficients(double[] roots)
    {
        double[] polynomial = [1];
        foreach (double root in roots)
        {
            double[] next = new double[polynomial.Length + 1];
            for (int i = 0; i < polynomial.Length; i++)
            {
                next[i + 1] += polynomial[i];
                next[i] -= root * polynomial[i];
            }
            polynomial = next;
        }
        return polynomial.Sum(Math.Abs);
    }
}
