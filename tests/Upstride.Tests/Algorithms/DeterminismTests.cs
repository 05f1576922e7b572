using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>The same bits whoever computes them, and a plan that leaves no trace of a run in the next.</summary>
public sealed class DeterminismTests
{
    /// <summary>Problems of many blocks, chunks, groups and narrow images, so that threads have something to share out.</summary>
    public static TheoryData<string> Problems =>
    [
        "narrow n16 ci20 co24 g1 i4x4 k4x4 s2x2 p1x1",
        "wide n1 ci24 co40 g1 i24x40 k3x3 s2x2 p1x1 o1x1",
        "groups n3 ci24 co24 g4 i9x11 k5x5 s3x3 p2x2",
        "depthwise n2 ci33 co33 g33 i40 k6 s3 p2 o1",
        "volume n2 ci8 co9 g1 i5x6x7 k3x3x3 s2x2x2 p1x1x1 o1x0x1",
        "dilated n2 ci17 co15 g1 i12x12 k3x3 s2x2 p2x2 o1x1 d2x2",
        "pointwise n1 ci64 co48 g1 i20x20 k1x1 s1x1",
        "vocoder n2 ci40 co20 g1 i300 k16 s8 p4",
        "point n16 ci40 co24 g2 i1x1 k5x4 s1x1",
    ];

    [Theory]
    [MemberData(nameof(Problems))]
    public void The_number_of_threads_changes_no_bit(string problem)
    {
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            ConvTransposeGeometry geometry = Parse(problem).WithLayout(layout);
            SameForAnyThreads<float>(geometry);
            SameForAnyThreads<double>(geometry);
        }
    }

    [Fact]
    public void A_random_problem_has_the_same_bits_for_any_threads_and_in_a_second_run() =>
        RandomProblems.ForAll(21, 60, static geometry => SameForAnyThreads<float>(geometry));

    [Theory]
    [MemberData(nameof(Problems))]
    public async Task Eight_threads_share_a_plan(string problem)
    {
        ConvTransposeGeometry geometry = Parse(problem);
        float[] w = RandomProblems.Reals<float>(geometry.WeightLength, 2);
        foreach (Pass pass in Passes)
        {
            using Plan<float> plan = TestProblems.Plan(geometry, pass, w, By(null, threads: 2));
            var inputs = Enumerable.Range(0, 8)
                .Select(seed => (X: RandomProblems.Reals<float>(geometry.InputLength, seed),
                Y: RandomProblems.Reals<float>(geometry.OutputLength, seed + 50))).ToArray();
            float[][] expected = [.. inputs.Select(one => Run(plan, one.X, one.Y))];
            using var together = new Barrier(8);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(() =>
            {
                together.SignalAndWait();
                for (int run = 0; run < 3; run++)
                    AssertSameBits(expected[i], Run(plan, inputs[i].X, inputs[i].Y), $"{pass}, thread {i}, run {run}");
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        }
    }

    [Fact]
    public void Old_content_of_the_destination_never_shows() => RandomProblems.ForAll(22, 60, static geometry =>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<float>);
        foreach (Pass pass in Passes)
        {
            foreach (string name in TestProblems.Algorithms<float>(geometry, pass))
            {
                using Plan<float> plan = TestProblems.Plan(geometry, pass, w, By(name));
                float[] overNaN = Run(plan, x, y), overInfinity = new float[overNaN.Length];
                Array.Fill(overInfinity, float.NegativeInfinity);
                if (pass == Pass.WeightGradient) plan.Run(x, y, overInfinity);
                else plan.Run(pass == Pass.Forward ? x : y, overInfinity);
                Assert.All(overNaN, static value => Assert.True(float.IsFinite(value)));
                AssertSameBits(overNaN, overInfinity, $"{name} {pass}");
            }
        }
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_plan_in_use_allocates_nothing(int threads)
    {
        foreach (string problem in (string[])["a n2 ci8 co12 g1 i9x11 k4x4 s2x2 p1x1", "b n8 ci6 co6 g2 i4x4 k3x3 s2x2 p1x1 o1x1",
            "c n1 ci3 co5 g1 i6x6x6 k2x2x2 s2x2x2", "d n3 ci20 co9 g1 i1x1 k4x4 s1x1"])
        foreach (Layout layout in Enum.GetValues<Layout>())
        foreach (Pass pass in Passes)
        foreach (string algorithm in AlgorithmTable.All.Select(static algorithm => algorithm.Name))
        {
            ConvTransposeGeometry geometry = Parse(problem).WithLayout(layout);
            if (AlgorithmTable.Named(algorithm).Refusal(new(geometry, pass, typeof(float), By(algorithm))) is not null) continue;
            var (x, w, y) = Tensors(geometry, RandomProblems.Reals<float>);
            using Plan<float> plan = TestProblems.Plan(geometry, pass, w, By(algorithm, threads));
            float[] destination = Run(plan, x, y), left = pass == Pass.InputGradient ? y : x, right = pass == Pass.WeightGradient ? y : [];
            for (int run = 0; run < 20; run++) plan.Run(left, right, destination);

            long allocated = Allocation.OfEachRun(() =>
            {
                for (int run = 0; run < 50; run++) plan.Run(left, right, destination);
            });
            Assert.True(allocated == 0, $"{algorithm} {pass} of {geometry} allocates {allocated / 50.0} bytes a run on {threads} threads");
        }
    }

    private static ConvTransposeGeometry Parse(string problem) => ConvTransposeGeometry.ParseProblem(problem).Geometry;

    private static void SameForAnyThreads<T>(ConvTransposeGeometry geometry)
        where T : unmanaged, INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Reals<T>);
        foreach (Pass pass in Passes)
        {
            T[] expected = Run(geometry, pass, x, w, y, By(null));
            foreach (int threads in (int[])[1, 2, 3, 7])
            {
                using Plan<T> plan = TestProblems.Plan(geometry, pass, w, By(null, threads));
                AssertSameBits(expected, Run(plan, x, y), $"{pass} on {threads} threads");
                AssertSameBits(expected, Run(plan, x, y), $"{pass} on {threads} threads, again");
            }
        }
    }

    private static void AssertSameBits<T>(T[] expected, T[] actual, string what)
        where T : unmanaged
    {
        if (!MemoryMarshal.AsBytes<T>(expected).SequenceEqual(MemoryMarshal.AsBytes<T>(actual))) Assert.Fail($"{what}: the bits differ");
    }
}
