using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

public sealed class WorkspacePoolTests
{
    private static readonly string[] s_problems =
        ["small n1 ci3 co5 g1 i6x7 k4x4 s2x2 p1x1", "large n2 ci32 co24 g1 i20x24 k4x4 s2x2 p1x1", "thin n1 ci8 co1 g1 i40 k9 s4"];

    [Fact]
    public void Plans_of_one_pool_share_what_the_largest_needs()
    {
        var pool = new WorkspacePool();
        Plan<float>[] plans = [.. Plans(new() { Threads = 2, CyclesPerThread = 1, Workspaces = pool })];
        Assert.Equal(0, pool.FreeBytes);
        foreach (Plan<float> plan in plans) Run(plan);
        long largest = plans.Max(static plan => plan.WorkspaceBytes);
        Assert.True(plans.Sum(static plan => plan.WorkspaceBytes) > largest);
        Assert.Equal(largest, pool.FreeBytes);
        foreach (Plan<float> plan in plans.Reverse()) Run(plan);
        Assert.Equal(largest, pool.FreeBytes);
        foreach (Plan<float> plan in plans) plan.Dispose();
    }

    [Fact]
    public void A_plan_that_is_made_later_and_needs_more_takes_the_place_of_what_is_too_small()
    {
        var settings = new ComputeSettings { Threads = 1, Workspaces = new() };
        using Plan<float> small = Create(s_problems[0], Pass.Forward, settings);
        Run(small);
        using Plan<float> large = Create(s_problems[1], Pass.Forward, settings);
        Run(large);
        Assert.Equal(large.WorkspaceBytes, settings.Workspaces.FreeBytes);
    }

    [Fact]
    public void What_another_plan_left_in_the_memory_changes_no_bit()
    {
        float[][] expected = [.. Plans(new() { Threads = 1 }).Select(static plan => Run(plan))];
        var shared = new ComputeSettings { Threads = 2, CyclesPerThread = 1, Workspaces = new() };
        Plan<float>[] plans = [.. Plans(shared)];
        foreach (Plan<float> plan in plans) Run(plan, float.NaN);
        foreach (int i in (int[])[2, 0, 1, 2, 11, 0, 3, 8, 5, 14, 4, 17, 7, 6, 4, 3, 13, 10, 9, 12, 15, 16]) Assert.Equal(expected[i], Run(plans[i]));

        // Runs that overlap have memory of their own.
        Parallel.For(0, 48, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(expected[i % plans.Length], Run(plans[i % plans.Length])));
    }

    private static IEnumerable<Plan<float>> Plans(ComputeSettings settings) =>
        from problem in s_problems
        from pass in Passes
        from algorithm in pass == Pass.WeightGradient ? (string[])["phases", "planes"] : ["phases", "winograd"]
        select Create(problem, pass, settings with { Algorithm = algorithm });

    private static Plan<float> Create(string problem, Pass pass, ComputeSettings settings)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        return Plan(geometry, pass, RandomProblems.Reals<float>(geometry.WeightLength, 2), settings);
    }

    private static float[] Run(Plan<float> plan, float? value = null)
    {
        float[] x = RandomProblems.Reals<float>(plan.Geometry.InputLength, 3), y = RandomProblems.Reals<float>(plan.Geometry.OutputLength, 4);
        if (value is { } element)
        {
            Array.Fill(x, element);
            Array.Fill(y, element);
        }
        return TestProblems.Run(plan, x, y);
    }
}
