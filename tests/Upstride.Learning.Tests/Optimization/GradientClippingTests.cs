using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests.Optimization;

public class GradientClippingTests
{
    [Fact]
    public void A_norm_above_the_maximum_is_shortened_to_it()
    {
        Parameter<double> one = Parameters.Parameter(0, 0), other = Parameters.Parameter(0), idle = Parameters.Parameter(0);
        Parameters.Gradient(one, 2, -4);
        Parameters.Gradient(other, 4);
        Assert.Equal(6, GradientClipping.ByNorm<double>([one, idle, other], 3));
        Assert.Equal([1, -2], one.Gradient!.Values);
        Assert.Equal([2], other.Gradient!.Values);
        Assert.Equal(3, GradientClipping.ByNorm<double>([one, idle, other], 3));
        Assert.Equal([1, -2], one.Gradient!.Values);
    }

    // Blocks with a tail: n squares of a relative rounding of epsilon each, and as many sums.
    [Fact]
    public void A_long_gradient_is_summed_to_its_end()
    {
        double[] values = Parameters.Normal(new RandomSource(1), 5001);
        Parameter<double> parameter = Parameters.Parameter(new double[5001]);
        Parameters.Gradient(parameter, values);
        double expected = Math.Sqrt(values.Sum(static value => value * value));
        Assert.Equal(expected, GradientClipping.ByNorm<double>([parameter], 1e9), 5001 * 2.2e-16 * expected);
        GradientClipping.ByNorm<double>([parameter], 1);
        Assert.Equal(1, Math.Sqrt(parameter.Gradient!.Values.ToArray().Sum(static value => value * value)), 5001 * 2.2e-16);
    }

    [Fact]
    public void Squares_beyond_single_precision_do_not_overflow()
    {
        var parameter = new Parameter<float>([0, 0], [2]) { Gradient = new Parameter<float>([3e30f, 4e30f], [2]) };
        double norm = GradientClipping.ByNorm<float>([parameter], 5);
        Assert.Equal(5e30, norm, 5e30 * 1e-7);
        Assert.Equal([3f, 4f], parameter.Gradient!.Values.ToArray().Select(static value => MathF.Round(value, 5)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_norm_that_is_no_number_is_told_and_nothing_scaled(double bad)
    {
        Parameter<double> parameter = Parameters.Parameter(0, 0);
        Parameters.Gradient(parameter, bad, 7);
        Assert.Equal(bad, GradientClipping.ByNorm<double>([parameter], 1));
        Assert.Equal([bad, 7], parameter.Gradient!.Values);
    }

    [Fact]
    public void Values_are_brought_into_the_bound()
    {
        Parameter<double> parameter = Parameters.Parameter(0, 0, 0, 0), idle = Parameters.Parameter(0);
        Parameters.Gradient(parameter, -3, -0.5, 0.5, 3);
        GradientClipping.ByValue<double>([idle, parameter], 1);
        Assert.Equal([-1, -0.5, 0.5, 1], parameter.Gradient!.Values);
    }

    [Fact]
    public void A_maximum_must_be_above_zero()
    {
        Assert.StartsWith("maximum = 0, and must be above 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByNorm<double>([], 0)).Message, StringComparison.Ordinal);
        Assert.StartsWith("maximum = NaN, and must be above 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByValue<double>([], double.NaN)).Message,
            StringComparison.Ordinal);
    }
}
