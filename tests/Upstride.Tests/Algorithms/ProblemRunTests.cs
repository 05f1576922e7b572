using Upstride.Algorithms;
using Upstride.Bench.Problems;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>What a plan tells of its runs, and that the benchmarks read the same problem from it.</summary>
public sealed class ProblemRunTests
{
    [Fact]
    public void Every_run_of_every_pass_is_a_line_that_reads_back() => RandomProblems.ForAll(91, 100, static geometry =>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<float>);
        foreach (Pass pass in Passes)
        {
            List<ProblemRun> runs = [];
            using Plan<float> plan = Plan(geometry, pass, w, new() { Threads = 1, Trace = runs.Add });
            Run(plan, x, y);
            Run(plan, x, y);
            Assert.Equal(geometry.OutputLength == 0 ? runs.Count : 2, runs.Count);
            foreach (ProblemRun run in runs)
            {
                Assert.StartsWith(plan.Algorithm, run.Algorithm, StringComparison.Ordinal);
                Assert.DoesNotContain(run.Refusals, refusal => refusal.StartsWith($"{plan.Algorithm}:", StringComparison.Ordinal));
                Assert.True(run.Elapsed >= TimeSpan.Zero);
                AssertReads(run, pass switch
                {
                    Pass.Forward => Operation.Forward,
                    Pass.InputGradient => Operation.InputGradient,
                    _ => Operation.WeightGradient,
                }, geometry);
            }
        }
    });

    [Theory]
    [InlineData("n2 ci3 co4 i9x17 k3x3 s2x2 p1x1", 9, 17)]
    [InlineData("n1 ci4 co4 g4 i28x28 k5x5 s1x1 p2x2", 28, 28)]
    [InlineData("n1 ci2 co6 g2 i50 k9 s4 c2+-1", 50, 0)]
    [InlineData("n1 ci2 co3 i10x11 k3x3 s2x2 c0+1x0+1", 10, 11)]
    public void A_convolution_is_a_line_of_its_own_sizes(string sizes, int first, int second)
    {
        var (_, geometry) = ConvTransposeGeometry.ParseConvolution($"a {sizes}");
        Assert.Equal(first, geometry.InputShape[2]);
        if (second > 0) Assert.Equal(second, geometry.InputShape[3]);
        List<ProblemRun> runs = [];
        ConvTransposeGeometry adjoint = geometry.Adjoint;
        using (Plan<float> plan =
            ConvolutionPlan.Create<float>(geometry, new float[adjoint.WeightLength], settings: new() { Trace = runs.Add }))
            plan.Run(new float[adjoint.OutputLength], new float[adjoint.InputLength]);
        ProblemRun run = Assert.Single(runs);
        Assert.StartsWith($"convolution run n{geometry.Batch} ci{geometry.InputChannels} co{geometry.OutputChannels} ", run.Problem,
            StringComparison.Ordinal);
        AssertReads(run, Operation.Convolution, adjoint);

        // Its input gradient is the adjoint's forward pass, and is named so.
        using (Plan<float> plan =
            ConvolutionPlan.CreateInputGradient<float>(geometry, new float[adjoint.WeightLength], new() { Trace = runs.Add }))
            plan.Run(new float[adjoint.InputLength], new float[adjoint.OutputLength]);
        AssertReads(runs[1], Operation.Forward, adjoint);
        Work work = Work.Parse(run.Problem);
        Assert.Equal(Work.Parse(runs[1].Problem), work.As(Operation.InputGradient), Same);
        Assert.Equal(Operation.WeightGradient, work.As(Operation.WeightGradient).Operation);
        Assert.Equal(work, work.As(Operation.Forward));
    }

    [Fact]
    public void The_line_says_what_was_chosen_and_who_refused()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n1 ci2 co3 i4x5 k3x3 s2x2 p1x1 o1x0").Geometry;
        List<string> lines = [];
        using Plan<double> plan = ConvTransposePlan.Create<double>(geometry, new double[geometry.WeightLength],
            settings: new() { Threads = 1, Algorithm = "scatter", Trace = run => lines.Add($"{run}") });
        plan.Run(new double[geometry.InputLength], new double[geometry.OutputLength]);
        string line = Assert.Single(lines);
        Assert.Matches(@"^forward run n1 ci2 co3 g1 i4x5 k3x3 s2x2 d1x1 c1\+0x1\+1 # \d+\.\d{3} ms, Double, 1 thread, scatter; ", line);
        Assert.EndsWith(
            string.Concat(((string[])["planes", "rows", "strips"]).Select(
                static name => $"; not {name}: it computes the weight gradient alone"))
            + "; not point: the input is 4x5, and it takes one element along every axis; not windows: it computes convolutions and the "
            + "gradients of inputs", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("forward", "'forward' is no problem: give an operation, a name and sizes")]
    [InlineData("upwards a n1 ci1 co1 i4 k3",
        "'upwards' of 'upwards a n1 ci1 co1 i4 k3' is not an operation: give forward, input-gradient, weight-gradient, convolution")]
    [InlineData("forward a n1 ci1 co1 i4 k3 nhwc",
        "'forward a n1 ci1 co1 i4 k3 nhwc' has its channels last (nhwc), and contenders are given channels first: leave nhwc out")]
    [InlineData("forward a n1 ci1 co1 i4 k3 c1", "'1' in 'c1' of problem 'a' is not two numbers with a +")]
    [InlineData("forward a n1 ci1 co1 i4 k3 c1+1x1+1", "problem 'a' has 2 crops (c) for 1 axes")]
    [InlineData("forward a n1 ci1 co1 i4 k3 p1 c1+1", "problem 'a' has crops (c) and padding (p, o): give one of them")]
    public void Other_lines_are_refused(string line, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Work.Parse(line)).Message);

    private static void AssertReads(ProblemRun run, Operation operation, ConvTransposeGeometry geometry)
    {
        foreach (string line in (string[])[run.Problem, $"{run}"])
        {
            if (geometry.Layout == Layout.ChannelsLast)
            {
                Assert.Throws<FormatException>(() => Work.Parse(line));
                var (_, read) = ConvTransposeGeometry.ParseProblem(run.Problem.Split(' ', 2)[1]);
                Assert.Equal(geometry, read);
                continue;
            }
            Work work = Work.Parse(line);
            Assert.Equal((operation, geometry), (work.Operation, work.Problem.Geometry));
        }
    }

    private static bool Same(Work left, Work right) =>
        left.Operation == right.Operation && left.Problem.Geometry.Equals(right.Problem.Geometry);
}
