using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Tests;

/// <summary>Random legal problems of integers: every framework, one to three axes, channels, groups, dilation, crops of either
/// sign.</summary>
internal static class RandomProblems
{
    public static IEnumerable<Problem> All(int count, int seed)
    {
        var random = new Random(seed);
        int made = 0;
        while (made < count)
        {
            if (Try(random) is not { } problem) continue;
            made++;
            yield return problem;
        }
    }

    private static Problem? Try(Random random)
    {
        int rank = random.Next(1, 4), groups = random.Next(1, 3);
        int[] Each(int low, int high) => [.. Enumerable.Range(0, rank).Select(_ => random.Next(low, high))];
        Framework framework = Enum.GetValues<Framework>()[random.Next(5)];
        bool named = random.Next(3) == 0;
        var parameters = new HyperParameters
        {
            Input = PerAxis.Create(Each(1, rank == 3 ? 3 : 5)),
            Kernel = PerAxis.Create(Each(1, rank == 3 ? 4 : 5)),
            Stride = PerAxis.Create(Each(1, 4)),
            Dilation = random.Next(3) == 0 ? PerAxis.Create(Each(1, 3)) : default,
            Padding = named ? default : PerAxis.Create(Each(0, 3)),
            PaddingAtEnd = named || random.Next(2) == 0 ? default : PerAxis.Create(Each(0, 3)),
            OutputPadding = random.Next(2) == 0 ? default : PerAxis.Create(Each(0, 3)),
            AutoPad = named ? (OnnxAutoPad)random.Next(1, 4) : OnnxAutoPad.NotSet,
        };
        try
        {
            return Problem.Create(
                parameters, framework, ValueSource.Parse($"random:{random.Next(1000)}"), ValueSource.Parse($"random:{random.Next(1000)}"),
                random.Next(2) == 0 ? null : ValueSource.Parse("random:3"), groups * random.Next(1, 3), groups * random.Next(1, 3), groups);
        }
        catch (GeometryException)
        {
            return null;
        }
    }
}
