using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Algorithms;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>The direct phases by every schedule there is, whichever the estimate would take: exact, with the same bits on any threads.</summary>
public sealed class PhaseTests
{
    [Fact]
    public void Every_grouping_and_form_is_exact_on_small_integers() => RandomProblems.ForAll(71, 80, CheckAll<float>);

    [Fact]
    public void Every_grouping_and_form_is_exact_in_double_precision() => RandomProblems.ForAll(72, 40, CheckAll<double>);

    // Windows of many channels, whose blocks are panels, dilated and not; images side by side; kernels below the stride; few channels out.
    [Theory]
    [InlineData("a n1 ci16 co9 i21x40 k3x3 s1x1 p2x2 d2x2")]
    [InlineData("a n1 ci9 co16 i17x19 k3x3 s1x1 p4x4 d5x3")]
    [InlineData("a n1 ci8 co5 i5x4x19 k3x3x3 s1x1x1 p2x2x2 d2x3x2")]
    [InlineData("a n18 ci9 co8 i7x7 k3x3 s2x2 p1x1 o1x1")]
    [InlineData("a n2 ci12 co10 i9x11 k1x1 s2x3 p0x0")]
    [InlineData("a n2 ci12 co10 i9x11 k2x1 s3x2 p0x0 o1x1")]
    [InlineData("a n1 ci24 co3 i20x19 k4x4 s2x2 p3x3")]
    [InlineData("a n1 ci24 co2 i13x37 k1x1 s1x1 p0x0")]
    public void Kinds_of_problems_come_out_by_every_schedule(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            CheckAll<float>(geometry.WithLayout(layout));
            AssertSameBits(geometry.WithLayout(layout));
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit() => RandomProblems.ForAll(73, 30, AssertSameBits);

    private static void CheckAll<T>(ConvTransposeGeometry geometry)
        where T : unmanaged, INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            T[] expected = Oracle.Compute(geometry, pass, x, w, y);
            foreach (PolyphaseProblem problem in PolyphaseProblems(geometry, pass).Where(static problem => problem.Axes[2].Lattices == 1))
            foreach (SimdWidth width in Widths)
            foreach (PhaseSchedule schedule in PhaseSchedule.All(problem, GemmTileShape.Of(typeof(T), width)))
            {
                var prepared = new PhaseConvolution<T>(schedule, w, Epilogue<T>.None, By("phases") with { Width = width });
                T[] destination = Poisoned<T>(expected.Length);
                prepared.Run(pass == Pass.Forward ? x : y, [], destination);
                AssertSame(expected, destination, $"{width} {pass} {prepared.Details}");
            }
        }
    }

    private static void AssertSameBits(ConvTransposeGeometry geometry)
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Reals<float>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        foreach (PolyphaseProblem problem in PolyphaseProblems(geometry, pass).Where(static problem => problem.Axes[2].Lattices == 1))
        foreach (PhaseSchedule schedule in PhaseSchedule.All(problem, GemmTileShape.Of(typeof(float), Simd.Widest)))
        {
            float[] one = RunOn(1);
            foreach (int threads in (int[])[2, 7]) Assert.Equal(one, RunOn(threads));

            float[] RunOn(int threads)
            {
                var prepared = new PhaseConvolution<float>(schedule, w, Epilogue<float>.None, By("phases", threads));
                float[] destination = Poisoned<float>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
                prepared.Run(pass == Pass.Forward ? x : y, [], destination);
                return destination;
            }
        }
    }
}
