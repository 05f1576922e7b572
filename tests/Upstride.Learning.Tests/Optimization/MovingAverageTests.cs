using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests.Optimization;

public class MovingAverageTests
{
    [Fact]
    public void An_average_moves_by_its_part_of_the_distance()
    {
        Parameter<double> parameter = Parameters.Parameter(1, 2);
        var average = new MovingAverage<double>([parameter], 0.75);
        parameter.Values[0] = 5;
        average.Update();
        Assert.Equal([2, 2], average[0]);
        average.Update();
        Assert.Equal([2.75, 2], average[0]);
        Assert.Equal([5, 2], parameter.Values);
    }

    [Fact]
    public void Swapping_in_and_out_keeps_every_bit()
    {
        double[] first = Parameters.Normal(new RandomSource(1), 2500), second = Parameters.Normal(new RandomSource(2), 2500);
        Parameter<double> parameter = Parameters.Parameter(first);
        var average = new MovingAverage<double>([parameter], 0.5);
        second.CopyTo(parameter.Values);
        Assert.False(average.IsSwapped);
        average.Swap();
        Assert.True(average.IsSwapped);
        Assert.Equal(first, parameter.Values);
        Assert.Equal(second, average[0]);
        Assert.Equal(
            "the parameters hold the averages now, which would be averaged with themselves: Swap back before Update",
            Assert.Throws<InvalidOperationException>(average.Update).Message);
        average.Swap();
        Assert.Equal(second, parameter.Values);
        average.Update();
        for (int i = 0; i < first.Length; i++) Assert.Equal(first[i] + (second[i] - first[i]) * 0.5, average[0][i]);
    }

    [Fact]
    public void A_decay_of_one_or_more_is_refused() =>
        Assert.StartsWith("decay = 1, and must be at least 0 and below 1",
        Assert.Throws<ArgumentOutOfRangeException>(() => new MovingAverage<double>([], 1)).Message, StringComparison.Ordinal);
}
