using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Algorithms;

/// <summary>What a caller may ask of the algorithms; how they choose is tested on <see cref="AlgorithmTable"/>.</summary>
public sealed class AlgorithmListTests
{
    private static readonly ConvTransposeGeometry s_small = ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 3], stride: 2);

    [Fact]
    public void The_names_are_those_that_plans_take()
    {
        Assert.Equal(AlgorithmTable.All.Select(static algorithm => algorithm.Name), AlgorithmList.All.Select(static algorithm => algorithm.Name));
        foreach (AlgorithmInfo algorithm in AlgorithmList.All)
        {
            Assert.Same(algorithm, AlgorithmList.Named(algorithm.Name));
            Assert.Equal(algorithm.Name, $"{algorithm}");
            var settings = new ComputeSettings { Algorithm = algorithm.Name };
            if (algorithm.Refusal(s_small, settings: settings) is not { } reason)
            {
                using Plan<float> plan = ConvTransposePlan.Create<float>(s_small, new float[18], settings: settings);
                Assert.Equal(algorithm.Name, plan.Algorithm);
                Assert.True(algorithm.EstimateCycles(s_small, settings: settings) > 0);
                continue;
            }
            string message = $"algorithm {algorithm.Name} cannot compute this: {reason}";
            Assert.Equal(message, Assert.Throws<NotSupportedException>(() => ConvTransposePlan.Create<float>(s_small, new float[18], settings: settings)).Message);
            Assert.Equal(message, Assert.Throws<NotSupportedException>(() => algorithm.EstimateCycles(s_small, settings: settings)).Message);
        }
    }

    [Fact]
    public void The_choice_is_the_plan_s()
    {
        foreach (Pass pass in TestProblems.Passes)
            Assert.Equal(AlgorithmTable.Choose(new(s_small, pass, typeof(double))).Name, AlgorithmList.Choose(s_small, pass, typeof(double)).Name);
        Assert.Equal("scatter", AlgorithmList.Choose(s_small, settings: new() { Algorithm = "scatter" }).Name);
        Assert.Throws<NotSupportedException>(static () => AlgorithmList.Choose(s_small, element: typeof(int), settings: new() { Algorithm = "phases" }));
    }

    [Fact]
    public void Arguments_are_checked()
    {
        Assert.Throws<ArgumentNullException>("geometry", static () => AlgorithmList.Choose(null!));
        Assert.Throws<ArgumentNullException>("geometry", static () => AlgorithmList.All[0].Refusal(null!));
        Assert.StartsWith("pass = 7 is not one of Forward, InputGradient, WeightGradient",
            Assert.Throws<ArgumentOutOfRangeException>("pass", static () => AlgorithmList.All[0].EstimateCycles(s_small, (Pass)7)).Message);
    }
}
