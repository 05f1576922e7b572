using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Point;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>An input of one place: exact on whole numbers at every width, with the same bits on any number of threads.</summary>
public sealed class PointTests
{
    private static readonly SimdWidth[] s_widths =
        [.. ((SimdWidth[])[SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512]).Where(static width => width <= Simd.Widest)];

    // Fewer channels than streams of weights are read side by side, as many, and some left over; tiles of images; taps that are cropped.
    [Theory]
    [InlineData("n1 ci1 co3 i1x1 k4x4 s1x1")]
    [InlineData("n1 ci2 co1 i1 k3 s1")]
    [InlineData("n2 ci3 co40 i1x1 k4x4 s1x1")]
    [InlineData("n5 ci4 co7 i1x1 k3x3 s1x1")]
    [InlineData("n3 ci5 co100 i1x1 k2x2 s1x1")]
    [InlineData("n1 ci7 co5 i1x1x1 k2x3x4 s1x1x1")]
    [InlineData("n7 ci23 co9 i1x1 k5x5 s2x2 p1x1 o1x1")]
    [InlineData("n3 ci12 co12 g2 i1x1 k4x4 s1x1")]
    [InlineData("n2 ci21 co6 g3 i1x1 k3x3 s2x2 p1x0")]
    public void Whole_numbers_come_out(string problem)
    {
        ConvTransposeGeometry first = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        foreach (ConvTransposeGeometry geometry in (ConvTransposeGeometry[])[first, first.WithLayout(Layout.ChannelsLast)])
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            int widths = ProductChecks.IsExact(geometry, pass, s_widths, threads: 1, Of<float>(geometry, pass));
            widths += ProductChecks.IsExact(geometry, pass, s_widths, threads: 1, Of<double>(geometry, pass));
            Assert.Equal(4 * s_widths.Length, widths);
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n5 ci203 co64 i1x1 k4x4 s1x1").Geometry;
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
            ProductChecks.KeepsBits(geometry, pass, s_widths, Of<float>(geometry, pass));
    }

    private static ProductWay<T> Of<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => (w, source, residual, epilogue, width, threads) =>
    {
        T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
        new PointProduct<T>(geometry, pass, w, epilogue, By(null, threads) with { Width = width }).Run(source, residual, destination);
        return destination;
    };
}
