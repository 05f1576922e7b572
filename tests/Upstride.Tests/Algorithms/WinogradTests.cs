using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Tests.Kernels;
using static Upstride.Tests.Algorithms.Computation;

namespace Upstride.Tests.Algorithms;

/// <summary>The phases by Winograd's tiles: right to within what its transforms can magnify, at every width, with the same bits on any number of threads.</summary>
public sealed class WinogradTests
{
    // The largest magnification of any tile.
    private static readonly double s_magnification = (
        from alpha in Enumerable.Range(3, 4)
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
    public void The_number_of_threads_changes_no_bit() => RandomProblems.ForAll(63, 50, static geometry =>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Reals<float>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            if (new WinogradAlgorithm().Refusal(new(geometry, pass, typeof(float), By("winograd"))) is not null) continue;
            float[] one = Run(geometry, pass, x, w, y, By(null));
            foreach (int threads in (int[])[2, 3, 7])
            {
                float[] several = Run(geometry, pass, x, w, y, By(null, threads));
                Assert.True(MemoryMarshal.AsBytes<float>(one).SequenceEqual(MemoryMarshal.AsBytes<float>(several)), $"{pass} on {threads} threads");
            }
        }
    });

    [Fact]
    public void A_refusal_gives_its_reason()
    {
        var algorithm = new WinogradAlgorithm();
        var geometry = ConvTransposeGeometry.PyTorch([1, 2, 8, 8], [2, 2, 4, 4], stride: 2);
        Assert.Null(algorithm.Refusal(new(geometry, Pass.Forward, typeof(float), By("winograd"))));
        Assert.Matches("^the phases are estimated at [0-9.E+]+ cycles, and below 20000 its tiles are not planned$", algorithm.Refusal(new(geometry, Pass.Forward, typeof(float))));
        Assert.Equal("the elements are Int32, and it computes float and double", algorithm.Refusal(new(geometry, Pass.Forward, typeof(int))));
        Assert.Equal("it transforms weights that are known, and a weight gradient has none", algorithm.Refusal(new(geometry, Pass.WeightGradient, typeof(float))));
        Assert.Equal(
            "no phase has a window of 2 to 5 neighbouring taps along the last axis, which is what its tiles save products for, in an eighth of the column method's memory",
            algorithm.Refusal(new(ConvTransposeGeometry.PyTorch([1, 2, 8, 8], [2, 2, 2, 2], stride: 2), Pass.Forward, typeof(float), By("winograd"))));
    }

    /// <summary>What rounding may do: sums over channels and taps, two dozen additions in the transforms of two axes, magnified along each.</summary>
    internal static double Bound(ConvTransposeGeometry geometry, Pass pass, double epsilon, double largestProduct)
    {
        double products = (double)geometry.KernelTaps * (pass == Pass.Forward ? geometry.InputChannels : geometry.OutputChannels) / geometry.Groups;
        return (products + 24) * epsilon * s_magnification * s_magnification * products * largestProduct;
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
        PreparedAlgorithm<T> prepared = new WinogradAlgorithm().Prepare<T>(new(geometry, pass, typeof(T), settings), w, Epilogue<T>.None);
        T[] destination = Poisoned<T>(pass == Pass.Forward ? geometry.OutputLength : geometry.InputLength);
        prepared.Run(pass == Pass.Forward ? x : y, [], destination);
        return destination;
    }
}
