using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Windows;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// Windows that are read where they lie, as dot products with rows of weights: exact on whole numbers, the same bits for any threads.
/// </summary>
public sealed class WindowTests
{
    private static readonly SimdWidth[] s_widths =
        [.. Enum.GetValues<SimdWidth>().Where(static width => width <= Simd.Widest)];

    // Rows and columns beside whole tiles; windows beyond each side, on both sides at once and wholly beside the source; several blocks
    // of runs; groups, images, one and three axes, rows of taps apart, steps beyond the kernel, outputs that go on beyond what is reached.
    [Theory]
    [InlineData("a n1 ci21 co3 i5x7 k16x16 s8x8")]
    [InlineData("a n2 ci6 co4 g2 i5x9 k8x16 s4x8 p3x5")]
    [InlineData("a n1 ci3 co40 i2x3 k32x64 s16x32 p8x16")]
    [InlineData("a n1 ci7 co2 i3x5 k4x16 s2x16 p1x30")]
    [InlineData("a n2 ci5 co3 i300 k16 s8 p4")]
    [InlineData("a n1 ci9 co70 i9 k48 s1 p24")]
    [InlineData("a n1 ci4 co2 i2x3x5 k2x3x8 s2x1x4 p1x1x3")]
    [InlineData("a n1 ci4 co3 i4x6 k3x16 s1x3 p2x4 d3x1")]
    [InlineData("a n1 ci8 co1 i11 k24 s40 o7")]
    [InlineData("a n1 ci2 co2 i4x4 k8x8 s8x8 c-3+5x2+-4")]
    public void Whole_numbers_come_out(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        Assert.True(ProductChecks.IsExact(geometry, Pass.InputGradient, s_widths, threads: 1, Of<float>(geometry)) > 0);
        Assert.True(ProductChecks.IsExact(geometry, Pass.InputGradient, s_widths, threads: 2, Of<double>(geometry)) > 0);
    }

    [Theory]
    [InlineData("a n3 ci17 co5 i9x11 k16x16 s8x8 p4x4")]
    [InlineData("a n1 ci64 co32 i2000 k16 s8 p4")]
    public void Threads_do_not_change_a_bit(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        ProductChecks.KeepsBits(geometry, Pass.InputGradient, s_widths, Of<float>(geometry));
    }

    [Theory]
    [InlineData("a n1 ci3 co3 i9x17 k16x16 s8x8", Pass.Forward, "it computes convolutions and the gradients of inputs")]
    [InlineData("a n1 ci3 co3 i9x17 k16x16 s8x8", Pass.WeightGradient, "it computes convolutions and the gradients of inputs")]
    [InlineData("a n1 ci3 co3 i9x17 k16x16 s8x8 nhwc", Pass.InputGradient, "the channels are last, and windows are rows of planes")]
    [InlineData("a n1 ci3 co3 i9x17 k16x16 s8x8 d1x2", Pass.InputGradient, "the taps of a row are 2 apart, and it takes neighbours")]
    [InlineData("a n1 ci3 co3 i9x17 k16x12 s8x8", Pass.InputGradient,
        "the kernel has 12 columns, and it takes multiples of 8")]
    public void Other_problems_are_refused(string problem, object pass, string reason)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        Assert.Equal(reason, WindowSchedule.Refusal(geometry, (Pass)pass));
    }

    // Measured on Zen 5: 0.31 and 0.70 of the time of what was chosen before at 512 bits, 0.85 and 0.6 to 0.8 at 256; the others are
    // quicker by phases.
    [Theory]
    [InlineData("a n1 ci21 co21 i16x16 k64x64 s32x32", true)]
    [InlineData("a n1 ci21 co21 i70x70 k16x16 s8x8", true)]
    [InlineData("a n1 ci768 co3 i14x14 k16x16 s16x16", false)]
    [InlineData("a n1 ci64 co32 i2000 k16 s8 p4", false)]
    public void It_is_chosen_for_large_steps_of_many_taps(string problem, bool chosen)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        foreach (SimdWidth width in (SimdWidth[])[SimdWidth.Bits256, SimdWidth.Bits512])
        {
            var planned = new AlgorithmProblem(geometry, Pass.InputGradient, typeof(float), By(null) with { Width = width });
            Assert.Equal(chosen, AlgorithmTable.Choose(planned).Name == "windows");
        }
    }

    private static ProductWay<T> Of<T>(ConvTransposeGeometry geometry)
        where T : unmanaged, INumber<T> => (w, source, residual, epilogue, width, threads) =>
        {
            var settings = By(null, threads) with { Width = width };
            var problem = new AlgorithmProblem(geometry, Pass.InputGradient, typeof(T), settings);
            T[] destination = Poisoned<T>(geometry.InputLength);
            new WindowProduct<T>(geometry, WindowSchedule.Of<T>(geometry, width, problem.Tile), w, epilogue, settings)
                .Run(source, residual, destination);
            return destination;
        };
}
