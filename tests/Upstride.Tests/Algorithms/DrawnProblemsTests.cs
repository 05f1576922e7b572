using Upstride.Algorithms;
using Upstride.Bench.Problems;
using Upstride.Geometry;

namespace Upstride.Tests.Algorithms;

/// <summary>The problems that the benchmark draws by chance.</summary>
public sealed class DrawnProblemsTests
{
    private static readonly int[] Seeds = [1, 7, 20260131, 20261130, int.MaxValue];

    [Fact]
    public void The_same_seed_draws_the_same_problems_and_a_longer_draw_begins_with_them()
    {
        string[] all = Lines(20261130, 200);
        Assert.Equal(all, Lines(20261130, 200));
        Assert.Equal(all[..50], Lines(20261130, 50));
        Assert.NotEqual(all, Lines(20261201, 200));
    }

    [Fact]
    public void The_first_problems_of_a_seed_stay_what_they_are() =>
        Assert.Equal(
            [
                "unet-000 n4 ci32 co16 g1 i56x56 k2x2 s2x2 d1x1 c0+0x0+0",
                "stride1-001 n1 ci16 co16 g1 i104x40 k1x1 s1x1 d1x1 c0+0x0+0",
                "segmentation-002 n4 ci34 co34 g1 i8x8 k32x32 s16x16 d1x1 c8+8x8+8",
            ],
            Lines(1, 3));

    [Fact]
    public void Every_problem_is_legal_in_PyTorchs_terms_and_of_a_size_to_measure()
    {
        foreach (int seed in Seeds)
            foreach (Problem problem in DrawnProblems.Of(seed, 200))
            {
                Assert.True(problem.IsPaddedAlike, $"seed {seed}: {DrawnProblems.LineOf(problem)}");
                Assert.InRange(problem.Flops, 1e6, 2e9);
                Assert.All(problem.Fine, length => Assert.InRange(length, 1, 1 << 20));
                Problem read = Problem.Parse(DrawnProblems.LineOf(problem), convolution: false);
                Assert.Equal(problem.Geometry.ToString(), read.Geometry.ToString());
                Assert.Equal(problem.Name, read.Name);
            }
    }

    [Fact]
    public void Every_kind_comes_up_and_about_as_often_as_its_share()
    {
        const int Drawn = 2000;
        var counts = DrawnProblems.Of(3, Drawn).CountBy(DrawnProblems.KindOf).ToDictionary();
        Assert.Equal(100, DrawnProblems.Kinds.Sum(kind => kind.Share));
        foreach ((string name, int share) in DrawnProblems.Kinds)
            // Problems out of bounds are drawn again, some kinds' more often than others'.
            Assert.InRange(counts.GetValueOrDefault(name), Drawn * share / 250, Drawn * share / 40);
    }

    [Fact]
    public void Axes_batches_groups_dilations_output_padding_and_odd_sizes_all_come_up()
    {
        Problem[] all = [.. Seeds.SelectMany(seed => DrawnProblems.Of(seed, 200))];
        foreach (int rank in (int[])[1, 2, 3]) Assert.Contains(all, p => p.Rank == rank);
        Assert.Contains(all, p => p.Batch > 8);
        Assert.Contains(all, p => p.Groups > 1 && p.Groups < p.CoarseChannels);
        Assert.Contains(all, p => p.Groups == p.CoarseChannels && p.Groups > 1);
        Assert.Contains(all, p => p.Dilation.Any(d => d > 1));
        Assert.Contains(all, p => p.OutputPadding.Any(o => o > 0));
        Assert.Contains(all, p => p.Coarse.Any(length => length > 8 && length % 2 == 1));
        Assert.Contains(all, p => p.Kernel.Zip(p.Stride).Any(axis => axis.First < axis.Second));
        Assert.Contains(all, p => p.Stride.Distinct().Count() > 1);
        Assert.Contains(all, p => p.FineChannels == 1);
    }

    [Fact]
    public void A_days_seed_is_its_date() => Assert.Equal(20260131, DrawnProblems.SeedOf(new(2026, 1, 31)));

    [Fact]
    public void Nearly_every_problem_is_taken_by_a_fast_algorithm() =>
        Assert.True(DrawnProblems.Of(5, 200).Count(static problem =>
            AlgorithmList.Choose(problem.Geometry, Pass.Forward).Name is "phases" or "taps" or "winograd" or "point") >= 198);

    private static string[] Lines(int seed, int count) => [.. DrawnProblems.Of(seed, count).Select(DrawnProblems.LineOf)];
}
