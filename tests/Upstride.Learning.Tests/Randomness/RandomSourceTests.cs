using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests.Randomness;

public class RandomSourceTests
{
    // The first outputs of the reference implementation from the state 1, 2, 3, 4.
    [Fact]
    public void The_bits_are_those_of_xoshiro256_star_star()
    {
        var random = new RandomSource(new RandomState(1, 2, 3, 4));
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        Assert.Equal(expected, expected.Select(_ => random.NextBits()));
    }

    // The first outputs of the reference implementation of splitmix64 for the seed 1234567; the fifth is not part of a state.
    [Fact]
    public void The_seed_is_spread_by_splitmix64() =>
        Assert.Equal(
            new RandomState(6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431),
            new RandomSource(1234567).State);

    [Fact]
    public void A_state_set_again_repeats_the_same_numbers()
    {
        var random = new RandomSource(5);
        random.NextNormal();
        RandomState state = random.State;
        (double, double, int) first = (random.NextNormal(), random.NextUniform(), random.NextInt(1000));
        random.State = state;
        Assert.Equal(first, (random.NextNormal(), random.NextUniform(), random.NextInt(1000)));
        var other = new RandomSource(state);
        Assert.Equal(first, (other.NextNormal(), other.NextUniform(), other.NextInt(1000)));
    }

    [Fact]
    public void Streams_differ_by_each_integer_by_their_order_and_their_number()
    {
        long[][] streams =
            [[], [0], [1], [0, 0], [0, 1], [1, 0], [-1], [0, 0, 0], .. Enumerable.Range(2, 1000).Select(i => new long[] { i }),
            .. Enumerable.Range(2, 1000).Select(i => new long[] { 7, i })];
        RandomState[] states =
            [.. streams.Select(static stream => RandomSource.For(1, stream).State), RandomSource.For(2).State,
            RandomSource.For(2, 0).State];
        Assert.Equal(states.Length, states.Distinct().Count());
        Assert.Equal(new RandomSource(9).State, RandomSource.For(9).State);
        Assert.Equal(RandomSource.For(9, 3, 4).State, RandomSource.For(9, 3, 4).State);
    }

    // The correlation of n independent pairs has the deviation 1/sqrt(n): five of them allow one false alarm in a million.
    [Fact]
    public void Neighbouring_streams_are_not_correlated()
    {
        const int Count = 10_000;
        double sum = 0;
        for (int i = 0; i < Count; i++)
            sum += (RandomSource.For(3, i).NextUniform() - 0.5) * (RandomSource.For(3, i + 1).NextUniform() - 0.5);
        Assert.InRange(Math.Abs(sum / Count * 12), 0, 5 / Math.Sqrt(Count));
    }

    // Moments m_k = E x^k of n draws deviate by sqrt((m_2k - m_k^2) / n).
    [Fact]
    public void Uniform_numbers_have_the_moments_of_the_uniform_distribution()
    {
        var random = new RandomSource(1);
        double[] values = new double[100_000];
        foreach (ref double value in values.AsSpan()) value = random.NextUniform();
        Assert.All(values, static value => Assert.InRange(value, 0, 1 - 1.0 / (1L << 53)));
        for (int k = 1; k <= 4; k++) AssertMoment(values, k, 1.0 / (k + 1), 1.0 / (2 * k + 1));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        var random = new RandomSource(2);
        double[] values = new double[100_000];
        random.FillNormal(0, 1, values);
        double[] moments = [1, 0, 1, 0, 3, 0, 15, 0, 105];
        for (int k = 1; k <= 4; k++) AssertMoment(values, k, moments[k], moments[2 * k]);

        // The tails: |x| > 3 has the probability 0.0026998.
        int tails = values.Count(static value => Math.Abs(value) > 3);
        Assert.InRange(tails, 270 - 5 * Math.Sqrt(270), 270 + 5 * Math.Sqrt(270));
    }

    [Fact]
    public void Ranges_and_deviations_scale_the_numbers()
    {
        var random = new RandomSource(3);
        float[] values = new float[10_000];
        random.FillUniform(-2, 6, values);
        Assert.All(values, static value => Assert.InRange(value, -2f, 6f));
        AssertMoment([.. values.Select(static value => (value + 2.0) / 8)], 2, 1.0 / 3, 1.0 / 5);
        random.FillNormal(10, 0.5, values);
        AssertMoment([.. values.Select(static value => (value - 10.0) / 0.5)], 2, 1, 3);
        Assert.Equal(4, random.NextUniform(4, 4));
        Assert.Equal(4, random.NextNormal(4, 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public void Integers_below_a_bound_come_equally_often(int bound)
    {
        const int Draws = 100_000;
        var random = new RandomSource(bound);
        int[] counts = new int[bound];
        for (int i = 0; i < Draws; i++) counts[random.NextInt(bound)]++;
        double expected = (double)Draws / bound;
        Assert.All(counts, count => Assert.InRange(Math.Abs(count - expected), 0, 5 * Math.Sqrt(expected)));
    }

    // With a bound of 3 * 2^29 a multiply-and-shift of 31 bits would favour a third of the numbers by two to one.
    [Fact]
    public void A_large_bound_is_not_biased_either()
    {
        const int Bound = 3 << 29;
        const int Draws = 30_000;
        var random = new RandomSource(11);
        int[] thirds = new int[3];
        for (int i = 0; i < Draws; i++) thirds[random.NextInt(Bound) % 3]++;
        Assert.All(thirds, static count => Assert.InRange(count, Draws / 3 - 500, Draws / 3 + 500));
    }

    [Fact]
    public void Every_order_of_four_comes_equally_often()
    {
        const int Draws = 24_000;
        var random = new RandomSource(4);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < Draws; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            random.Shuffle(items.AsSpan());
            string order = new(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(24, counts.Count);
        Assert.All(counts.Values, static count => Assert.InRange(count, 1000 - 5 * Math.Sqrt(1000), 1000 + 5 * Math.Sqrt(1000)));
    }

    [Fact]
    public void Refusals_say_the_rule_and_the_values()
    {
        var random = new RandomSource(1);
        Assert.StartsWith("bound = 0, and must be at least 1: the numbers are 0 to bound - 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0)).Message, StringComparison.Ordinal);
        Assert.StartsWith("minimum = 2 and maximum = 1: both must be finite with minimum <= maximum",
            Assert.Throws<ArgumentOutOfRangeException>(() => random.NextUniform(2, 1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("minimum = 0 and maximum = NaN",
            Assert.Throws<ArgumentOutOfRangeException>(() => random.FillUniform(0, double.NaN, new double[1])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("deviation = -1, and must be at least 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => random.NextNormal(0, -1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("state = 0, 0, 0, 0, from which only zeros follow: take it from RandomSource.State",
            Assert.Throws<ArgumentException>(() => random.State = default).Message, StringComparison.Ordinal);
    }

    private static void AssertMoment(double[] values, int order, double expected, double expectedOfTwice)
    {
        double moment = values.Average(value => Math.Pow(value, order));
        double deviation = Math.Sqrt((expectedOfTwice - expected * expected) / values.Length);
        Assert.True(Math.Abs(moment - expected) <= 5 * deviation,
            $"moment {order} is {moment}, and should be {expected} within {5 * deviation}");
    }
}
