using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Taps;
using Upstride.Algorithms.Textbook;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>Each tap by itself: exact on whole numbers at every width, with the same bits on any number of threads.</summary>
public sealed class TapTests
{
    // Few places with many channels; several images to a block, the last one with fewer; several chunks; taps that reach no place; phases
    // that no tap makes, or that begin and end at other places; all axes.
    [Theory]
    [InlineData("n2 ci73 co1 i7x7 k4x4 s2x2 p1x1")]
    [InlineData("n5 ci20 co24 i4x4 k4x4 s2x2 p1x1")]
    [InlineData("n37 ci9 co5 i5x5 k4x4 s2x2 p1x1")]
    [InlineData("n3 ci8 co64 i12x12 k3x3 s2x2 p1x1 o1x1")]
    [InlineData("n2 ci12 co7 i3x19 k5x4 s3x1 p2x0")]
    [InlineData("n2 ci12 co7 i9x17 k3x3 s1x1 p3x3 d3x3")]
    [InlineData("n2 ci12 co6 g3 i6x11 k5x5 s2x2 p2x2")]
    [InlineData("n2 ci12 co6 i5x4 k2x2 s4x3 o2x1")]
    [InlineData("n2 ci6 co5 i3x4x5 k3x2x4 s2x2x2 p1x0x1")]
    [InlineData("n1 ci6 co5 i2x33x5 k2x2x2 s2x2x2")]
    [InlineData("n3 ci40 co20 i30 k16 s8 p4")]
    [InlineData("n2 ci5 co3 i1x1 k4x4 s1x1")]
    [InlineData("n1 ci3 co40 i40x33 k3x3 s1x1 p1x1")]
    public void Whole_numbers_come_out(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        Check<float>(geometry, Pass.Forward);
        Check<double>(geometry, Pass.Forward);
        if (geometry.Axes.Any(static axis => axis.Stride > 1)) return;
        Check<float>(geometry, Pass.InputGradient);
        Check<double>(geometry, Pass.InputGradient);
    }

    [Theory]
    [InlineData("n2 ci734 co1 i7x7 k4x4 s2x2 p1x1")]
    [InlineData("n8 ci578 co3 i6x6 k4x4 s2x2 p1x1")]
    [InlineData("n32 ci384 co1 i14x6 k4x4 s2x2 p1x1")]
    public void Few_places_with_many_channels_choose_it(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        foreach (SimdWidth width in (SimdWidth[])[SimdWidth.Bits256, SimdWidth.Bits512])
            Assert.Equal("taps", AlgorithmTable.Choose(new(geometry, Pass.Forward, typeof(float), By(null) with { Width = width })).Name);
    }

    // Where results are promised for parts as for the whole, the order of a sum must not depend on sizes.
    [Fact]
    public void Parts_of_an_image_do_not_choose_it()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n2 ci734 co1 i7x7 k4x4 s2x2 p1x1").Geometry;
        ComputeSettings settings = By(null) with { PositionIndependent = true };
        Assert.NotEqual("taps", AlgorithmTable.Choose(new(geometry, Pass.Forward, typeof(float), settings)).Name);
    }

    [Fact]
    public void An_infinity_behind_the_border_does_not_show()
    {
        // Its taps move an infinity beyond both ends of a row, and into no other.
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n1 ci1 co1 i3x3 k3x3 s1x1 p1x1").Geometry;
        float[] x = new float[9], w = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        x[5] = float.PositiveInfinity;
        float[] y = Run(geometry, Pass.Forward, x, w, new float[9], By("taps"));
        for (int place = 0; place < 9; place++) Assert.Equal(place % 3 > 0, float.IsPositiveInfinity(y[place]));
        Assert.All([y[0], y[3], y[6]], static value => Assert.Equal(0, value));
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n9 ci40 co70 g2 i6x7 k4x4 s2x2 p1x1").Geometry;
        ProductChecks.KeepsBits(geometry, Pass.Forward, Widths, Of<float>(geometry, Pass.Forward));
    }

    private static void Check<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => ProductChecks.IsExact(geometry, pass, Widths, threads: 3, Of<T>(geometry, pass));

    private static ProductWay<T> Of<T>(ConvTransposeGeometry geometry, Pass pass)
        where T : unmanaged, INumber<T> => (w, source, residual, epilogue, width, threads) =>
            Compute(geometry, pass, w, source, residual, epilogue, width, threads);

    private static IEnumerable<SimdWidth> Widths => Enum.GetValues<SimdWidth>().Where(static width => width <= Simd.Widest);

    private static T[] Compute<T>(ConvTransposeGeometry geometry, Pass pass, T[] w, T[] source, T[] residual, Epilogue<T> epilogue,
        SimdWidth width, int threads)
        where T : unmanaged, INumber<T>
    {
        T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
        AlgorithmProblem problem = new(geometry, pass, typeof(T), By("taps", threads) with { Width = width });
        Assert.Null(new TapAlgorithm().Refusal(problem));
        AlgorithmTable.Prepare(new TapAlgorithm(), problem, w, epilogue).Run(source, residual, destination);
        return destination;
    }
}
