using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests.Initialization;

public class InitializerTests
{
    // 80 * 6 * 25 weights; fan in 6 * 25, fan out 80 * 25.
    private static readonly nint[] shape = [80, 6, 5, 5];
    private const double FanIn = 150, FanOut = 2000;

    [Fact]
    public void Fans_are_counted_by_the_places_of_the_shape()
    {
        Assert.Equal(new Fans(FanIn, FanOut), Fans.Of(shape));
        Assert.Equal(new Fans(7, 3), Fans.Of([3, 7]));
        Assert.Equal(
            "shape is [9] with 1 lengths, and fans need at least 2: [output channels, input channels, kernel...] (Parameter 'shape')",
            Assert.Throws<ArgumentException>(() => Fans.Of([9])).Message);
    }

    public static TheoryData<string> Uniform => ["PyTorch", "Keras", "HeUniform", "HeUniform leaky, out", "XavierUniform"];

    [Theory]
    [MemberData(nameof(Uniform))]
    public void A_uniform_start_fills_its_bound(string name)
    {
        (Initializer initializer, double bound) = name switch
        {
            "PyTorch" => (Initializer.PyTorch, 1 / Math.Sqrt(FanIn)),
            "Keras" => (Initializer.Keras, Math.Sqrt(6 / (FanIn + FanOut))),
            "HeUniform" => (Initializer.HeUniform(), Math.Sqrt(6 / FanIn)),
            "HeUniform leaky, out" => (Initializer.HeUniform(0.25, FanMode.Out), Math.Sqrt(6 / (1 + 0.0625) / FanOut)),
            _ => (Initializer.XavierUniform(5.0 / 3), 5.0 / 3 * Math.Sqrt(6 / (FanIn + FanOut))),
        };
        double[] weight = Weights(initializer);
        Assert.All(weight, value => Assert.InRange(Math.Abs(value), 0, bound));

        // All n numbers miss the outer 1/1000 with a probability of exp(-n/1000), here exp(-12).
        Assert.True(weight.Max(Math.Abs) > 0.999 * bound,
            $"the largest of {weight.Length} numbers is {weight.Max(Math.Abs)} of the bound {bound}");
        AssertMeanAndDeviation(weight, 0, bound / Math.Sqrt(3), kurtosis: 1.8);
    }

    public static TheoryData<string> Gaussian => ["HeNormal", "HeNormal leaky, out", "XavierNormal", "Normal"];

    [Theory]
    [MemberData(nameof(Gaussian))]
    public void A_normal_start_has_its_deviation(string name)
    {
        (Initializer initializer, double mean, double deviation) = name switch
        {
            "HeNormal" => (Initializer.HeNormal(), 0, Math.Sqrt(2 / FanIn)),
            "HeNormal leaky, out" => (Initializer.HeNormal(0.25, FanMode.Out), 0, Math.Sqrt(2 / (1 + 0.0625) / FanOut)),
            "XavierNormal" => (Initializer.XavierNormal(), 0, Math.Sqrt(2 / (FanIn + FanOut))),
            _ => (Initializer.Normal(0.5, 0.25), 0.5, 0.25),
        };
        AssertMeanAndDeviation(Weights(initializer), mean, deviation, kurtosis: 3);
    }

    [Fact]
    public void Biases_are_zero_but_for_PyTorch()
    {
        float[] bias = new float[1000];
        Initializer.PyTorch.FillBias(shape, new RandomSource(1), bias.AsSpan());
        AssertMeanAndDeviation([.. bias.Select(static value => (double)value)], 0, 1 / Math.Sqrt(3 * FanIn), kurtosis: 1.8);
        foreach (Initializer initializer in new[] { Initializer.Keras, Initializer.HeNormal(), Initializer.XavierUniform(),
            Initializer.Normal(1), Initializer.Constant(3), Initializer.Bilinear })
        {
            Array.Fill(bias, float.NaN);
            initializer.FillBias(shape, new RandomSource(1), bias.AsSpan());
            Assert.All(bias, static value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void A_constant_draws_nothing()
    {
        var random = new RandomSource(1);
        float[] weight = new float[6];
        Initializer.Constant(0.25).FillWeight([2, 3], random, weight.AsSpan());
        Assert.Equal([0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f], weight);
        Assert.Equal(new RandomSource(1).State, random.State);
    }

    [Fact]
    public void The_same_seed_draws_the_same_numbers_in_every_precision()
    {
        float[] single = new float[12];
        double[] wide = new double[12];
        Initializer.HeNormal().FillWeight([4, 3], new RandomSource(5), single.AsSpan());
        Initializer.HeNormal().FillWeight([4, 3], new RandomSource(5), wide.AsSpan());
        Assert.Equal(wide.Select(static value => (float)value), single);
    }

    [Fact]
    public void Bilinear_is_the_tent_from_each_channel_to_itself()
    {
        float[] weight = new float[2 * 2 * 4 * 3];
        Array.Fill(weight, float.NaN);
        Initializer.Bilinear.FillWeight([2, 2, 4, 3], new RandomSource(1), weight.AsSpan());
        float[] rows = [0.25f, 0.75f, 0.75f, 0.25f], columns = [0.5f, 1, 0.5f];
        for (int input = 0; input < 2; input++)
        for (int output = 0; output < 2; output++)
        for (int row = 0; row < 4; row++)
        for (int column = 0; column < 3; column++)
            Assert.Equal(input == output ? rows[row] * columns[column] : 0, weight[((input * 2 + output) * 4 + row) * 3 + column]);
    }

    [Fact]
    public void Bilinear_knows_groups_by_their_channels()
    {
        float[] weight = new float[4 * 2 * 1];
        Initializer.Bilinear.FillWeight([4, 2, 1], new RandomSource(1), weight.AsSpan());
        Assert.Equal([1, 0, 0, 1, 1, 0, 0, 1], weight);
        Assert.Equal(
            "shape is [3, 2, 4], and a bilinear start needs [channels, channels per group, kernel...] with channels divisible by those "
                + "of a group (Parameter 'shape')",
            Assert.Throws<ArgumentException>(
                () => Initializer.Bilinear.FillWeight([3, 2, 4], new RandomSource(1), new float[24].AsSpan())).Message);
    }

    [Fact]
    public void Icnr_repeats_each_channel_for_every_pixel_that_the_shuffle_makes_of_it()
    {
        float[] inner = new float[2 * 3 * 5], weight = new float[18 * 3 * 5], innerBias = new float[2], bias = new float[18];
        Initializer.PyTorch.FillWeight([2, 3, 5, 1], new RandomSource(8), inner.AsSpan());
        Initializer.PyTorch.FillBias([2, 3, 5, 1], new RandomSource(9), innerBias.AsSpan());
        Initializer.Icnr(3).FillWeight([18, 3, 5, 1], new RandomSource(8), weight.AsSpan());
        Initializer.Icnr(3).FillBias([18, 3, 5, 1], new RandomSource(9), bias.AsSpan());
        for (int channel = 0; channel < 18; channel++)
        {
            Assert.Equal(inner.AsSpan(channel / 9 * 15, 15), weight.AsSpan(channel * 15, 15));
            Assert.Equal(innerBias[channel / 9], bias[channel]);
        }
        Assert.Equal(
            "shape is [8, 3, 5, 1], and ICNR needs [output channels, input channels, kernel...] with output channels divisible by 3^2 = "
                + "9 (Parameter 'shape')",
            Assert.Throws<ArgumentException>(() => Initializer.Icnr(3)
                .FillWeight([8, 3, 5, 1], new RandomSource(8), weight.AsSpan())).Message);
    }

    [Fact]
    public void Impossible_settings_are_refused()
    {
        Assert.StartsWith("scale = 0, and must be at least 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => Initializer.Icnr(0)).Message, StringComparison.Ordinal);
        Assert.StartsWith("deviation = -1, and must be at least 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => Initializer.Normal(0, -1)).Message, StringComparison.Ordinal);
    }

    private static double[] Weights(Initializer initializer)
    {
        float[] weight = new float[(int)(shape[0] * shape[1] * shape[2] * shape[3])];
        Array.Fill(weight, float.NaN);
        initializer.FillWeight(shape, new RandomSource(7), weight.AsSpan());
        return [.. weight.Select(static value => (double)value)];
    }

    // The mean of n numbers deviates by d/sqrt(n), their variance by d^2 sqrt((kurtosis - 1)/n): five of each.
    private static void AssertMeanAndDeviation(double[] values, double mean, double deviation, double kurtosis)
    {
        double root = Math.Sqrt(values.Length);
        Assert.InRange(values.Average(), mean - 5 * deviation / root, mean + 5 * deviation / root);
        double variance = values.Average(value => (value - mean) * (value - mean)) / (deviation * deviation);
        double allowed = 5 * Math.Sqrt(kurtosis - 1) / root;
        Assert.InRange(variance, 1 - allowed, 1 + allowed);
    }
}
