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

/// <summary>Convolutions of single channels: exact on whole numbers at every width, with the same bits on any number of threads.</summary>
public sealed class DepthwiseTests
{
    private static readonly SimdWidth[] s_widths = [SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512];

    [Theory]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("a n2 ci4 co4 g4 i5x21 k5x5 s1x1 p2x2", Pass.Forward)]
    [InlineData("a n1 ci2 co2 g2 i33x130 k3x4 s1x1 p0x3", Pass.Forward)]
    [InlineData("a n1 ci1 co1 i7x19 k1x1 s1x1", Pass.Forward)]
    [InlineData("a n2 ci19 co19 g19 i6x9 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("a n2 ci19 co19 g19 i6x9 k3x3 s2x2 p1x1", Pass.InputGradient)]
    [InlineData("a n2 ci3 co3 g3 i40 k7 s1 p3", Pass.Forward)]
    [InlineData("a n1 ci2 co2 g2 i12x20 k3x3 s1x1 p2x2 d2x2", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1 o1x1", Pass.InputGradient)]
    [InlineData("a n2 ci3 co3 g3 i14x16 k5x5 s2x2 p2x2 o1x1", Pass.InputGradient)]
    [InlineData("a n1 ci2 co2 g2 i61x70 k4x6 s3x2 p1x2", Pass.InputGradient)]
    [InlineData("a n1 ci2 co2 g2 i8x20 k3x3 s4x5 p0x1", Pass.InputGradient)]
    [InlineData("a n3 ci5 co5 g5 i50 k9 s4 p2", Pass.InputGradient)]
    [InlineData("a n1 ci1 co1 i4x4 k3x3 s1x1 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i31x33 k7x7 s1x1 p3x3", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i31x33 k7x7 s1x1 p3x3", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i40x17 k6x2 s1x1 p0x1", Pass.Forward)]
    [InlineData("a n2 ci2 co2 g2 i23x40 k4x3 s1x2 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci2 co2 g2 i30x19 k5x1 s1x1 p0x0", Pass.Forward)]
    [InlineData("a n1 ci2 co2 g2 i30x19 k3x3 s1x4 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci2 co2 g2 i30x20 k3x3 s1x1 p1x2 d1x2", Pass.Forward)]
    [InlineData("a n1 ci2 co2 g2 i25x40 k5x4 s1x1 c-2+3x1+-4", Pass.Forward)]
    [InlineData("a n1 ci2 co2 g2 i25x40 k5x4 s1x1 c4+-3x-1+2", Pass.InputGradient)]
    public void Whole_numbers_come_out(string problem, object pass)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        int computed = Check<float>(geometry, (Pass)pass) + Check<double>(geometry, (Pass)pass);
        Assert.True(computed > 0, "no width took it");
    }

    [Theory]
    [InlineData("a n1 ci4 co4 g2 i9x17 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i9x3 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i2x9x17 k3x3x3 s1x1x1 p1x1x1", Pass.Forward)]
    public void Other_problems_have_no_schedule(string problem, object pass) =>
        Assert.Null(Schedule<float>(ConvTransposeGeometry.ParseProblem(problem).Geometry, (Pass)pass, SimdWidth.Bits512));

    [Fact]
    public void Channels_last_has_no_schedule() =>
        Assert.Null(Schedule<float>(
            ConvTransposeGeometry.ParseProblem("a n1 ci3 co3 g3 i9x17 k3x3 s1x1 p1x1 nhwc").Geometry, Pass.Forward, SimdWidth.Bits512));

    [Theory]
    [InlineData("a n1 ci32 co32 g32 i56x56 k3x3 s1x1 p1x1", Pass.Forward)]
    [InlineData("a n1 ci32 co32 g32 i28x28 k3x3 s2x2 p1x1 o1x1", Pass.InputGradient)]
    public void It_is_chosen_where_channels_stand_alone(string problem, object pass)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        foreach (SimdWidth width in s_widths)
        {
            var chosen = new AlgorithmProblem(geometry, (Pass)pass, typeof(float), By(null) with { Width = width });
            Assert.Equal("phases", AlgorithmTable.Choose(chosen).Name);
            Assert.StartsWith("single channels",
                AlgorithmTable.Prepare(new PhaseAlgorithm(), chosen, new float[geometry.WeightLength], Epilogue<float>.None).Details,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a n1 ci3 co3 g3 i56x56 k3x3 s1x1 p1x1", Pass.Forward, 3)]
    [InlineData("a n1 ci3 co3 g3 i56x56 k7x7 s1x1 p3x3", Pass.InputGradient, 7)]
    [InlineData("a n1 ci3 co3 g3 i56x56 k5x3 s1x2 p2x1", Pass.InputGradient, 5)]
    [InlineData("a n1 ci3 co3 g3 i56x56 k3x3 s2x2 p1x1", Pass.InputGradient, 0)]
    [InlineData("a n1 ci3 co3 g3 i56x56 k9x9 s1x1 p4x4", Pass.Forward, 0)]
    [InlineData("a n1 ci3 co3 g3 i56x56 k2x2 s1x1 p1x1", Pass.Forward, 0)]
    [InlineData("a n1 ci3 co3 g3 i56x56 k3x3 s1x1 p2x2 d2x2", Pass.Forward, 0)]
    [InlineData("a n1 ci3 co3 g3 i1x4000 k7x7 s1x1 p3x3", Pass.Forward, 0)]
    public void Sums_slide_over_the_rows_of_a_kernel_that_follow_each_other(string problem, object pass, int rows)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        foreach (SimdWidth width in s_widths) Assert.Equal(rows, Schedule<float>(geometry, (Pass)pass, width)!.KernelRows);
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n2 ci7 co7 g7 i70x90 k5x3 s2x1 p2x1").Geometry;
        ProductChecks.KeepsBits(geometry, Pass.InputGradient, s_widths, Of<float>(geometry, Pass.InputGradient));
    }

    private static DepthwiseSchedule? Schedule<T>(ConvTransposeGeometry geometry, Pass pass, SimdWidth width)
        where T : unmanaged => DepthwiseSchedule.For(new PolyphaseProblem(geometry, pass), Unsafe.SizeOf<T>(), width);

    private static T[]? Compute<T>(ConvTransposeGeometry geometry, Pass pass, T[] w, T[] source, T[] residual, Epilogue<T> epilogue,
        SimdWidth width, int threads)
        where T : unmanaged, INumber<T>
    {
        if (Schedule<T>(geometry, pass, width) is not { } schedule) return null;
        T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
        new DepthwiseConvolution<T>(schedule, w, epilogue, By(null, threads) with { Width = width }).Run(source, residual, destination);
        return destination;
    }

    private static int Check<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => ProductChecks.IsExact(geometry, pass, s_widths, threads: 1, Of<T>(geometry, pass));

    private static ProductWay<T> Of<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => (w, source, residual, epilogue, width, threads) =>
            Compute(geometry, pass, w, source, residual, epilogue, width, threads);
}
