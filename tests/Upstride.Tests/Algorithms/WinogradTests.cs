using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Algorithms;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Tiles;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using Upstride.Tests.Kernels;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// The phases by Winograd's tiles: right to within what its transforms can magnify, at every width, with the same bits on any number of
/// threads.
/// </summary>
public sealed class WinogradTests
{
    // The largest magnification of any tile.
    private static readonly double s_magnification = (
        from alpha in Enumerable.Range(3, WinogradKernels.MaxAlpha - 2)
        from m in Enumerable.Range(2, 3)
        where alpha - m >= 1
        select ToomCook.Amplification(alpha, m)).Max();

    [Fact]
    public void Whole_numbers_come_out_in_double_precision()
    {
        int computed = 0;
        RandomProblems.ForAll(61, 150, geometry => computed += Check<double>(geometry, Math.ScaleB(1, -52), mustRoundToExact: true));
        Assert.True(computed > 100, $"only {computed} passes had windows to tile");
    }

    [Fact]
    public void Single_precision_stays_within_the_bound() =>
        RandomProblems.ForAll(62, 100, static geometry => Check<float>(geometry, Math.ScaleB(1, -23), mustRoundToExact: false));

    [Fact]
    public void Windows_of_every_length_come_out_along_an_axis()
    {
        foreach (int kernel in Enumerable.Range(2, 18))
        foreach (int input in (int[])[1, 2, 3, 7, 8, 9, 33])
        foreach (int stride in (int[])[1, 2, 3])
        {
            int padding = kernel / 3;
            if ((input - 1) * stride + kernel - 2 * padding < 1) continue;
            CheckAll<double>(ConvTransposeGeometry.PyTorch([2, 3, input], [3, 2, kernel], stride: stride, padding: padding),
                Math.ScaleB(1, -52));
        }
    }

    // Long windows along some axes and not along others, with strides and dilations, blocks of several rows and tiles, and images side by
    // side.
    [Theory]
    [InlineData("a n1 ci3 co2 i6x7 k6x6 s1x1 p2x2")]
    [InlineData("a n1 ci2 co3 i9x12 k7x11 s1x1 p3x5")]
    [InlineData("a n1 ci2 co3 i12x9 k11x8 s1x1 p0x0")]
    [InlineData("a n1 ci2 co3 i9x10 k3x9 s1x1 p1x4")]
    [InlineData("a n1 ci2 co3 i9x10 k9x3 s1x1 p4x1")]
    [InlineData("a n1 ci2 co3 i9x10 k1x9 s1x1 p0x4")]
    [InlineData("a n2 ci3 co4 i11x10 k16x14 s2x2 p7x6")]
    [InlineData("a n1 ci4 co6 g2 i10x10 k7x10 s1x1 p3x3")]
    [InlineData("a n1 ci2 co2 i21x22 k4x5 s1x1 p0x0 d3x2")]
    [InlineData("a n1 ci2 co2 i5x9x8 k7x7x7 s1x1x1 p3x3x3")]
    [InlineData("a n1 ci2 co2 i5x6x7 k6x1x9 s1x2x1 p0x0x0")]
    [InlineData("a n1 ci48 co5 i22x70 k7x7 s1x1 p3x3")]
    [InlineData("a n17 ci3 co4 i9x9 k7x7 s1x1 p3x3")]
    public void Every_tile_and_grouping_computes_long_windows(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            Assert.True(CheckAll<double>(geometry.WithLayout(layout), Math.ScaleB(1, -52))
                .Exists(static details => details.Contains("pieces", StringComparison.Ordinal)));
            CheckAll<float>(geometry.WithLayout(layout), Math.ScaleB(1, -23));
            AssertSameBits(geometry.WithLayout(layout));
        }
    }

    // Windows that are dilated along some axes, over lattices of unlike lengths, fewer elements than lattices among them.
    [Theory]
    [InlineData("a n1 ci3 co2 i13x15 k3x3 s1x1 p2x2 d2x2")]
    [InlineData("a n2 ci2 co3 i11x14 k3x3 s1x1 p0x3 d3x4")]
    [InlineData("a n1 ci2 co2 i17x9 k3x2 s1x1 p1x0 d5x7")]
    [InlineData("a n1 ci2 co2 i4x5 k3x3 s1x1 p0x0 d6x7")]
    [InlineData("a n1 ci2 co3 i9x21 k3x3 s2x1 p1x5 d1x6")]
    [InlineData("a n1 ci2 co3 i21x9 k3x3 s1x2 p4x1 d4x1")]
    [InlineData("a n17 ci2 co2 i7x7 k3x3 s1x1 p2x2 d2x2")]
    [InlineData("a n1 ci4 co6 g2 i5x8x9 k3x3x3 s1x1x1 p2x3x2 d2x3x2")]
    [InlineData("a n1 ci3 co2 i70 k5 s1 p32 d16")]
    public void Dilated_windows_come_out_of_their_lattices(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        Assert.Contains(PolyphaseProblems(geometry, Pass.Forward), static split => split.HasLattices);
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            CheckAll<double>(geometry.WithLayout(layout), Math.ScaleB(1, -52));
            CheckAll<float>(geometry.WithLayout(layout), Math.ScaleB(1, -23));
            AssertSameBits(geometry.WithLayout(layout));
        }
    }

    [Theory]
    [InlineData(5, "(2,5) (3,5) (4,5)")]
    [InlineData(6, "(2,6) (3,6) (4,4)")]
    [InlineData(7, "(2,7) (3,4) (4,4)")]
    [InlineData(9, "(3,6) (4,5)")]
    [InlineData(11, "(3,5) (4,4)")]
    [InlineData(33, "(4,5)")]
    [InlineData(34, "")]
    public void A_longer_window_is_cut_into_the_fewest_pieces_that_the_tiles_of_eight_elements_allow(int taps, string tiles)
    {
        Assert.Equal(tiles, string.Join(' ', WinogradAxis.TilesOf(taps).Select(static axis => $"({axis.Outputs},{axis.Taps})")));
        foreach (WinogradAxis axis in WinogradAxis.TilesOf(taps))
        {
            // Every place lies in a piece, and no two at one place of one.
            int pieces = axis.SegmentsOf(taps);
            (int Piece, int Place)[] places = [.. Enumerable.Range(0, taps).Select(place => axis.Of(place, pieces))];
            Assert.Equal(taps, places.Distinct().Count());
            Assert.All(places,
                place => Assert.True(place.Piece < pieces && place.Place < axis.Taps, $"{place} of {pieces} pieces of {axis.Taps}"));
            Assert.Equal(pieces - 1, places[^1].Piece);
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit() => RandomProblems.ForAll(63, 50, AssertSameBits);

    [Fact]
    public void A_refusal_gives_its_reason()
    {
        var algorithm = new WinogradAlgorithm();
        var geometry = ConvTransposeGeometry.PyTorch([1, 2, 8, 8], [2, 2, 4, 4], stride: 2);
        Assert.Null(algorithm.Refusal(new(geometry, Pass.Forward, typeof(float), By("winograd"))));
        Assert.Matches("^the phases are estimated at [0-9.E+]+ cycles, and below (40000|250000) its tiles are not planned$",
            algorithm.Refusal(new(geometry, Pass.Forward, typeof(float))));
        Assert.Equal("the elements are Int32, and it computes float and double",
            algorithm.Refusal(new(geometry, Pass.Forward, typeof(int))));
        Assert.Equal("it transforms weights that are known, and a weight gradient has none",
            algorithm.Refusal(new(geometry, Pass.WeightGradient, typeof(float))));
        Assert.Equal(
            "no phase has a window of two or more neighbouring taps along the last axis, which is what its tiles save products for, in "
                + "an eighth of the column method's memory",
            algorithm.Refusal(new(ConvTransposeGeometry.PyTorch([1, 2, 8, 8], [2, 2, 2, 2], stride: 2), Pass.Forward, typeof(float),
                By("winograd"))));
    }

    /// <summary>
    /// What rounding may do: sums over channels and taps, two dozen additions in the transforms of two axes, magnified along each.
    /// </summary>
    internal static double Bound(ConvTransposeGeometry geometry, Pass pass, double epsilon, double largestProduct)
    {
        double products =
            (double)geometry.KernelTaps * (pass == Pass.Forward ? geometry.InputChannels : geometry.OutputChannels) / geometry.Groups;
        return (products + 24) * epsilon * s_magnification * s_magnification * products * largestProduct;
    }

    private static void AssertSameBits(ConvTransposeGeometry geometry)
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Reals<float>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            if (new WinogradAlgorithm().Refusal(new(geometry, pass, typeof(float), By("winograd"))) is not null) continue;
            float[] one = Run(geometry, pass, x, w, y, By(null));
            foreach (int threads in (int[])[2, 3, 7])
            {
                float[] several = Run(geometry, pass, x, w, y, By(null, threads));
                Assert.True(MemoryMarshal.AsBytes<float>(one).SequenceEqual(MemoryMarshal.AsBytes<float>(several)),
                    $"{pass} on {threads} threads");
            }
        }
    }

    /// <summary>Checks every schedule there is, at every width; the schedules' details.</summary>
    private static List<string> CheckAll<T>(ConvTransposeGeometry geometry, double epsilon)
        where T : unmanaged, INumber<T>
    {
        var details = new List<string>();
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            double bound = Bound(geometry, pass, epsilon, largestProduct: 16);
            double[] expected = Array.ConvertAll(Oracle.Compute(geometry, pass, x, w, y), double.CreateChecked);
            double[] bounds = [.. Enumerable.Repeat(bound, expected.Length)];
            foreach (PolyphaseProblem problem in PolyphaseProblems(geometry, pass))
            foreach (SimdWidth width in Widths)
            foreach (WinogradSchedule schedule in WinogradSchedule.All(problem, GemmTileShape.Of(typeof(T), width)))
            {
                var prepared = new WinogradConvolution<T>(schedule, w, Epilogue<T>.None, By(null) with { Width = width });
                T[] destination = Poisoned<T>(expected.Length);
                prepared.Run(pass == Pass.Forward ? x : y, [], destination);
                AssertWithin(expected, bounds, destination, $"{width} {pass} {prepared.Details}");
                details.Add(prepared.Details);
            }
        }
        return details;
    }

    private static int Check<T>(ConvTransposeGeometry geometry, double epsilon, bool mustRoundToExact)
        where T : unmanaged, INumber<T>
    {
        int computed = 0;
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            if (new WinogradAlgorithm().Refusal(new(geometry, pass, typeof(T), By("winograd"))) is not null) continue;
            computed++;

            // Numbers up to 4.
            double bound = Bound(geometry, pass, epsilon, largestProduct: 16);
            if (mustRoundToExact) Assert.True(bound < 0.5, $"the bound is {bound}");
            double[] expected = Array.ConvertAll(Oracle.Compute(geometry, pass, x, w, y), double.CreateChecked);
            double[] bounds = [.. Enumerable.Repeat(bound, expected.Length)];
            foreach (SimdWidth width in Widths)
                AssertWithin(expected, bounds, Run(geometry, pass, x, w, y, By(null) with { Width = width }), $"{width} {pass}");
        }
        return computed;
    }

    private static T[] Run<T>(ConvTransposeGeometry geometry, Pass pass, T[] x, T[] w, T[] y, ComputeSettings settings)
        where T : INumber<T>
    {
        PreparedAlgorithm<T> prepared = ((IAlgorithm)new WinogradAlgorithm())
            .Prepare<T>(new(geometry, pass, typeof(T), settings), w, Epilogue<T>.None);
        T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
        prepared.Run(pass == Pass.Forward ? x : y, [], destination);
        return destination;
    }
}
