using Upstride.Learning.Optimization;

namespace Upstride.Learning.Tests.Optimization;

public class ScheduleTests
{
    [Fact]
    public void Factors_are_these_numbers()
    {
        Assert.Equal([1, 1, 1], Factors(Schedule.Constant, 0, 1, 1_000_000));
        Assert.Equal([1, 1, 0.5, 0.5, 0.25, 0.125], Factors(Schedule.Step(3, 0.5), 0, 2, 3, 5, 6, 9));
        Assert.Equal([1, 1, 0.5, 0.5, 0.25, 0.25], Factors(Schedule.MultiStep([2, 7], 0.5), 0, 1, 2, 6, 7, 100));
        Assert.Equal([0.25, 0.4375, 0.625, 0.8125, 1, 1, 0.5],
            Factors(Schedule.WarmUp(4, Schedule.Step(2, 0.5), start: 0.25), 0, 1, 2, 3, 4, 5, 6));
        Assert.Equal([0, 0.5, 1, 1], Factors(Schedule.WarmUp(2), 0, 1, 2, 3));

        // cos 60 degrees = 1/2: a rounding of pi / 3 and of the cosine.
        double[] cosine = Factors(Schedule.Cosine(6, minimum: 0.2), 0, 2, 3, 4, 6, 7);
        double[] expected = [1, 0.8, 0.6, 0.4, 0.2, 0.2];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], cosine[i], 4e-16);
    }

    [Fact]
    public void Impossible_schedules_are_refused()
    {
        Assert.StartsWith("period = 0, and must be at least 1", Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Step(0)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("steps = 0, and must be at least 1", Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Cosine(0)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("steps = -1, and must be at least 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.WarmUp(-1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("milestones = 5, 5, and must rise", Assert.Throws<ArgumentException>(() => Schedule.MultiStep([5, 5])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("step = -1, and must be at least 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Constant.Factor(-1)).Message, StringComparison.Ordinal);
    }

    private static double[] Factors(Schedule schedule, params long[] steps) => [.. steps.Select(schedule.Factor)];
}
