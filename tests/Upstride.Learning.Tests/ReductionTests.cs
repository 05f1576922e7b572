using Upstride.Algorithms;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

/// <summary>The sums that gradients are made of: right for every shape, nearly exact, the same bits for any number of threads.</summary>
public class ReductionTests
{
    [Fact]
    public void Sums_of_channels_are_exact_on_integers_for_shapes_around_every_border()
    {
        int[] inners = [1, 2, 63, 64, 65, 4095, 4096, 4097, 9000], outers = [1, 2, 63, 64, 65, 130], middles = [1, 3, 70];
        using var tape = new Tape<double>(new ComputeSettings { Threads = 2 });
        var random = new RandomSource(1);
        foreach (int inner in inners)
        foreach (int outer in outers)
        foreach (int middle in middles)
        {
            if ((long)inner * outer * middle > 1_000_000) continue;
            double[] values = [.. Enumerable.Range(0, inner * outer * middle).Select(_ => (double)random.NextInt(100))];
            double[] expected = new double[middle];
            for (int i = 0; i < values.Length; i++) expected[i / inner % middle] += values[i];
            Variable<double> x = tape.Constant(values, [outer, middle, inner]);
            Assert.Equal(expected, Functions.SumChannels(x).Values.ToArray());
            Assert.Equal([expected.Sum()], Functions.Sum(x).Values.ToArray());
            tape.Reset();
        }
    }

    [Fact]
    public void A_long_sum_in_single_precision_keeps_all_but_its_last_bits()
    {
        using var tape = new Tape<float>();
        var random = new RandomSource(2);
        float[] values = [.. Enumerable.Range(0, 3_000_000).Select(_ => (float)random.NextUniform())];
        double exact = values.Sum(static value => (double)value);

        // Pieces of 4096 in at least 16 partial sums, then pairs: at most 4096/16 + 16 + log2(3e6/4096) additions one upon the other.
        double bound = (256 + 16 + 10) * Math.Pow(2, -24) * exact;
        Assert.InRange(Functions.Sum(tape.Constant(values, [3_000_000])).Value, exact - bound, exact + bound);
    }

    [Fact]
    public void Sums_have_the_same_bits_on_any_number_of_threads()
    {
        var random = new RandomSource(3);
        float[] values = [.. Enumerable.Range(0, 8 * 5 * 6000).Select(_ => (float)random.NextNormal())];
        uint[]? first = null;
        foreach (int threads in (int[])[1, 2, 3, 7])
        {
            using var tape = new Tape<float>(new ComputeSettings { Threads = threads });
            for (int repeat = 0; repeat < 3; repeat++)
            {
                Variable<float> x = tape.Constant(values, [8, 5, 6000]);
                uint[] bits = [.. Functions.SumChannels(x * x).Values.ToArray().Select(BitConverter.SingleToUInt32Bits)];
                first ??= bits;
                Assert.Equal(first, bits);
                tape.Reset();
            }
        }
    }

    [Fact]
    public void An_empty_batch_has_sums_and_gradients_of_zero()
    {
        using var tape = new Tape<float>();
        var bias = new Parameter<float>([1, 2], [2]);
        Variable<float> x = tape.Input([], [0, 2, 3], requiresGradient: true);
        Functions.Sum(x + Functions.Reshape(tape.Attach(bias), 2, 1)).Backward();
        Assert.Equal([0, 0], bias.Gradient!.Values.ToArray());
        Assert.Equal([0, 2, 3], x.Gradient!.Shape);
    }
}
