using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Depthwise;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Textbook;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// Single channels over small planes: exact on whole numbers at every width, with the same bits on any number of threads.
/// </summary>
public sealed class SmallPlaneTests
{
    private static readonly SimdWidth[] s_widths = [SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512];

    // One phase in place and beside it; several phases; windows beyond the whole plane; planes below a vector; more planes than an item.
    [Theory]
    [InlineData("n1 ci3 co3 g3 i7x7 k3x3 s1x1 p1x1")]
    [InlineData("n3 ci19 co19 g19 i5x9 k5x5 s1x1 p2x2")]
    [InlineData("n2 ci4 co4 g4 i14x14 k4x4 s1x1 p2x2")]
    [InlineData("n2 ci18 co18 g18 i10x10 k4x4 s2x2 p1x1")]
    [InlineData("n2 ci5 co5 g5 i6x5 k3x3 s2x2 p1x1 o1x1")]
    [InlineData("n2 ci5 co5 g5 i6x8 k5x4 s3x2 p2x1")]
    [InlineData("n1 ci1 co1 i2x2 k7x7 s1x1 p3x3")]
    [InlineData("n2 ci3 co3 g3 i4x6 k3x3 s1x1 p2x2 d2x2")]
    [InlineData("n4 ci5 co5 g5 i31 k6 s3 p2 o1")]
    [InlineData("n2 ci3 co3 g3 i4x6 k2x2 s4x3 o2x0")]

    // Rows of phases that are longer than the source's; residues that are not read, or of several lengths.
    [InlineData("n2 ci5 co5 g5 i6x8 k4x4 s2x2")]
    [InlineData("n1 ci3 co3 g3 i9x14 k3x4 s2x3 p1x0 o1x0")]
    [InlineData("n2 ci3 co3 g3 i5x9 k1x1 s2x3 o1x2")]
    [InlineData("n2 ci3 co3 g3 i8x8 k4x4 s2x2 p1x1")]
    [InlineData("n1 ci1 co1 g1 i1 k2 s2 d1 c-1+0")]
    [InlineData("n2 ci40 co40 g40 i7x6 k3x3 s1x1 c2+0x-1+3")]
    [InlineData("n2 ci3 co3 g3 i4x5 k5x4 s2x5 d1x1 c4+2x-2+3")]
    public void Whole_numbers_come_out(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        int computed = Check<float>(geometry, Pass.Forward) + Check<double>(geometry, Pass.Forward)
            + Check<float>(geometry, Pass.InputGradient) + Check<double>(geometry, Pass.InputGradient);
        Assert.True(computed > 0, "no width took it");
    }

    [Theory]
    [InlineData("n1 ci4 co4 g2 i9x7 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("n1 ci3 co3 g3 i90x70 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("n1 ci3 co3 g3 i2x9x7 k3x3x3 s1x1x1 p1x1x1", Pass.Forward)]
    public void Other_problems_have_no_schedule(string problem, object pass) =>
        Assert.Null(Schedule<float>(ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry, (Pass)pass, SimdWidth.Bits512));

    [Theory]
    [InlineData("n1 ci64 co64 g64 i7x7 k3x3 s1x1 p1x1")]
    [InlineData("n1 ci64 co64 g64 i7x7 k4x4 s2x2 p1x1")]
    public void Small_planes_choose_it(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        foreach (SimdWidth width in (SimdWidth[])[SimdWidth.Bits256, SimdWidth.Bits512])
        {
            var chosen = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), By(null) with { Width = width });
            Assert.Equal("phases", AlgorithmTable.Choose(chosen).Name);
            Assert.EndsWith("in place",
                AlgorithmTable.Prepare(new PhaseAlgorithm(), chosen, new float[geometry.WeightLength], Epilogue<float>.None).Details,
                StringComparison.Ordinal);
        }
    }

    // It sums in the order of the phases, so that sizes may choose between them where every bit must follow from what it depends on.
    [Fact]
    public void Its_bits_are_those_of_the_phases()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n2 ci7 co7 g7 i10x9 k4x4 s2x2 p1x1").Geometry;
        var (x, w, _) = Tensors(geometry, RandomProblems.Reals<float>);
        foreach (SimdWidth width in s_widths.Where(static width => width <= Simd.Widest))
        {
            AlgorithmProblem problem = new(geometry, Pass.Forward, typeof(float), By(null) with { Width = width });
            float[] expected = Poisoned<float>(geometry.OutputLength);
            new PhaseConvolution<float>(problem.Phases, w, Epilogue<float>.None, problem.Settings).Run(x, [], expected);
            AssertSame(expected, Compute(geometry, Pass.Forward, w, x, [], Epilogue<float>.None, width, 1)!, $"{width}");
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n5 ci27 co27 g27 i8x9 k5x5 s2x2 p2x2 o1x1").Geometry;
        ProductChecks.KeepsBits(geometry, Pass.Forward, s_widths, Of<float>(geometry, Pass.Forward));
    }

    private static SmallPlaneSchedule? Schedule<T>(ConvTransposeGeometry geometry, Pass pass, SimdWidth width)
        where T : unmanaged => SmallPlaneSchedule.For(new PolyphaseProblem(geometry, pass), Unsafe.SizeOf<T>(), width);

    private static T[]? Compute<T>(ConvTransposeGeometry geometry, Pass pass, T[] w, T[] source, T[] residual, Epilogue<T> epilogue,
        SimdWidth width, int threads)
        where T : unmanaged, INumber<T>
    {
        if (Schedule<T>(geometry, pass, width) is not { } schedule) return null;
        T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
        new SmallPlaneConvolution<T>(schedule, w, epilogue, By(null, threads) with { Width = width }).Run(source, residual, destination);
        return destination;
    }

    private static int Check<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => ProductChecks.IsExact(geometry, pass, s_widths, threads: 1, Of<T>(geometry, pass));

    private static ProductWay<T> Of<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => (w, source, residual, epilogue, width, threads) =>
            Compute(geometry, pass, w, source, residual, epilogue, width, threads);
}
