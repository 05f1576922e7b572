using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Depthwise;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>Single channels by steps of two, both ways: exact on whole numbers, with the same bits on any number of threads.</summary>
public sealed class StridedConvolutionTests
{
    private static readonly SimdWidth[] s_widths = [SimdWidth.Bits256, SimdWidth.Bits512];

    [Theory]
    [InlineData("a n2 ci19 co19 g19 i9x17 k3x3 s2x2 p1x1 o1x1")]
    [InlineData("a n1 ci3 co3 g3 i40x40 k3x3 s2x2 p1x1")]
    [InlineData("a n1 ci3 co3 g3 i70x33 k3x3 s2x2 p0x0 o1x1")]
    [InlineData("a n3 ci5 co5 g5 i14x16 k5x5 s2x2 p2x2 o1x1")]
    [InlineData("a n1 ci2 co2 g2 i21x90 k4x6 s2x2 p1x2")]
    [InlineData("a n1 ci2 co2 g2 i7x19 k1x2 s2x2 p0x0")]
    [InlineData("a n1 ci2 co2 g2 i9x21 k7x7 s2x2 p3x3 o1x0")]
    [InlineData("a n1 ci2 co2 g2 i25x40 k5x4 s2x2 c-2+3x1+-4")]
    [InlineData("a n1 ci2 co2 g2 i8x9 k2x2 s2x2")]
    public void Whole_numbers_come_out(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        int computed = ProductChecks.IsExact(geometry, Pass.InputGradient, s_widths, threads: 1, Of<float>(geometry));
        Assert.True(computed > 0 || !StridedWindows.Has(SimdWidth.Bits256), "no width took it");
    }

    [Theory]
    [InlineData("a n2 ci19 co19 g19 i9x17 k3x3 s2x2 p1x1 o1x1")]
    [InlineData("a n1 ci3 co3 g3 i40x40 k4x4 s2x2 p1x1")]
    [InlineData("a n1 ci3 co3 g3 i70x33 k3x3 s2x2 p0x0 o1x1")]
    [InlineData("a n3 ci5 co5 g5 i14x16 k5x5 s2x2 p2x2 o1x1")]
    [InlineData("a n1 ci2 co2 g2 i21x90 k4x6 s2x2 p1x2")]
    [InlineData("a n1 ci2 co2 g2 i7x19 k1x2 s2x2 p0x0")]
    [InlineData("a n1 ci2 co2 g2 i9x21 k7x6 s2x2 p3x3 o1x0")]
    [InlineData("a n1 ci2 co2 g2 i25x40 k5x4 s2x2 c-2+3x1+-4")]
    [InlineData("a n1 ci2 co2 g2 i8x9 k2x2 s2x2")]
    public void Whole_numbers_come_out_transposed(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        int computed = ProductChecks.IsExact(geometry, Pass.Forward, s_widths, threads: 1, Of<float>(geometry, Pass.Forward));
        Assert.True(computed > 0 || !StridedWindows.Has(SimdWidth.Bits256), "no width took it");
    }

    [Theory]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1", Pass.WeightGradient)]
    [InlineData("a n1 ci3 co3 g3 i9x7 k3x3 s2x2 p1x1", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x7 s2x2 p1x1", Pass.Forward)]
    [InlineData("a n1 ci4 co4 g2 i9x17 k3x3 s2x2 p1x1", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1 nhwc", Pass.Forward)]
    [InlineData("a n1 ci3 co3 g3 i9x7 k3x3 s2x2 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x9 s2x2 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1 d1x2", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s1x2 p1x1", Pass.InputGradient)]
    [InlineData("a n2 ci3 co3 g3 i50 k7 s2 p3", Pass.InputGradient)]
    [InlineData("a n1 ci4 co4 g2 i9x17 k3x3 s2x2 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i2x9x17 k3x3x3 s1x2x2 p1x1x1", Pass.InputGradient)]
    [InlineData("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1 nhwc", Pass.InputGradient)]
    public void Other_problems_have_no_schedule(string problem, object pass)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        Assert.Null(StridedSchedule.For(geometry, (Pass)pass, typeof(float), SimdWidth.Bits512));
    }

    [Fact]
    public void Double_precision_has_no_schedule() => Assert.Null(StridedSchedule.For(
        ConvTransposeGeometry.ParseProblem("a n1 ci3 co3 g3 i9x17 k3x3 s2x2 p1x1").Geometry, Pass.InputGradient, typeof(double),
        SimdWidth.Bits512));

    // Measured on Zen 5 at both widths: windows take 0.3 to 0.6 of the time of what was chosen before; phases 0.47 to 0.8 at 512 bits and
    // 0.36 to 0.68 at 256.
    [Theory]
    [InlineData("a n1 ci96 co96 g96 i40x40 k3x3 s2x2 p1x1 o1x1", Pass.InputGradient)]
    [InlineData("a n1 ci72 co72 g72 i9x16 k3x3 s2x2 p1x1 o1x1", Pass.InputGradient)]
    [InlineData("a n1 ci192 co192 g192 i10x10 k3x3 s2x2 p1x1 o1x1", Pass.InputGradient)]
    [InlineData("a n1 ci96 co96 g96 i9x16 k5x5 s2x2 p2x2 o1x1", Pass.InputGradient)]
    [InlineData("a n4 ci64 co64 g64 i32x32 k4x4 s2x2 p1x1", Pass.InputGradient)]
    [InlineData("a n1 ci64 co64 g64 i64x64 k4x4 s2x2 p1x1", Pass.Forward)]
    [InlineData("a n4 ci64 co64 g64 i16x16 k4x4 s2x2 p1x1", Pass.Forward)]
    [InlineData("a n1 ci64 co64 g64 i40x40 k3x3 s2x2 p1x1 o1x1", Pass.Forward)]
    [InlineData("a n1 ci64 co64 g64 i40x40 k2x2 s2x2", Pass.Forward)]
    [InlineData("a n1 ci21 co21 g21 i128x128 k4x4 s2x2 p1x1", Pass.Forward)]
    public void It_is_chosen(string problem, object pass)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        foreach (SimdWidth width in s_widths.Where(StridedWindows.Has))
        {
            var chosen = new AlgorithmProblem(geometry, (Pass)pass, typeof(float), By(null) with { Width = width });
            Assert.Equal("phases", AlgorithmTable.Choose(chosen).Name);
            Assert.EndsWith("by steps of two",
                AlgorithmTable.Prepare(new PhaseAlgorithm(), chosen, new float[geometry.WeightLength], Epilogue<float>.None).Details,
                StringComparison.Ordinal);
        }
    }

    /// <summary>Parts of a plane, of any sizes and so by any way, have the bits of the whole.</summary>
    [Theory]
    [InlineData("a n1 ci3 co3 g3 i21x60 k4x4 s2x2 p1x1")]
    [InlineData("a n1 ci3 co3 g3 i21x60 k3x5 s2x2 p1x2")]
    [InlineData("a n1 ci3 co3 g3 i21x60 k6x6 s2x2 p2x3")]
    public void The_bits_are_those_of_phases(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var (x, w, _) = Tensors(geometry, RandomProblems.Reals<float>);
        float[] phases = Poisoned<float>(geometry.OutputLength);
        foreach (SimdWidth width in s_widths)
        {
            ComputeSettings settings = By("phases") with { Width = width };
            if (Of<float>(geometry, Pass.Forward)(w, x, [], Epilogue<float>.None, width, 1) is not { } strided) continue;
            var problemOfPhases = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), settings);
            new PhaseConvolution<float>(problemOfPhases.Phases, w, Epilogue<float>.None, settings).Run(x, [], phases);
            Assert.Equal(phases, strided);
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n3 ci17 co17 g17 i70x90 k5x3 s2x2 p2x1").Geometry;
        ProductChecks.KeepsBits(geometry, Pass.InputGradient, s_widths, Of<float>(geometry));
        ProductChecks.KeepsBits(geometry, Pass.Forward, s_widths, Of<float>(geometry, Pass.Forward));
    }

    private static ProductWay<T> Of<T>(ConvTransposeGeometry geometry, Pass pass = Pass.InputGradient)
        where T : unmanaged, INumber<T> => (w, source, residual, epilogue, width, threads) =>
        {
            if (StridedSchedule.For(geometry, pass, typeof(T), width) is not { } schedule) return null;
            T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
            new StridedConvolution<T>(schedule, w, epilogue, By(null, threads) with { Width = width }).Run(source, residual, destination);
            return destination;
        };
}
