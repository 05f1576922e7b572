using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests.Optimization;

/// <summary>Parameters and gradients that no tape made.</summary>
internal static class Parameters
{
    public static Parameter<double> Parameter(params double[] values) => new(values, [values.Length]);

    public static void Gradient(Parameter<double> parameter, params double[] values) =>
        parameter.Gradient = new Parameter<double>(values, [values.Length]);

    public static double[] Normal(RandomSource random, int length)
    {
        double[] values = new double[length];
        random.FillNormal(0, 1, values);
        return values;
    }
}
