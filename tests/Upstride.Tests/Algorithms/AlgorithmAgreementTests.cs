using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// Every algorithm against the definition. <see cref="InstructionSetTests"/> runs this class again with instruction sets switched off.
/// </summary>
public sealed class AlgorithmAgreementTests
{
    [Fact]
    public void Every_algorithm_at_every_width_is_exact_on_small_integers_in_single_precision() =>
        RandomProblems.ForAll(1, 150, static geometry => Exact<float>(geometry));

    [Fact]
    public void Every_algorithm_at_every_width_is_exact_on_small_integers_in_double_precision() =>
        RandomProblems.ForAll(2, 100, static geometry => Exact<double>(geometry));

    // Places of which each is made of one: weight gradients take them as one row, and turn both sides.
    [Theory]
    [InlineData("n1 ci3 co2 i5x7 k1x1")]
    [InlineData("n3 ci17 co33 i5x7 k1x1")]
    [InlineData("n2 ci31 co64 i13x3 k1x1")]
    [InlineData("n2 ci8 co70 i3x4x5 k1x1x1")]
    [InlineData("n2 ci12 co20 g2 i19x29 k1x1")]
    [InlineData("n0 ci4 co4 i3x3 k1x1")]
    public void Every_algorithm_is_exact_place_by_place(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("name " + problem).Geometry;
        foreach (Layout layout in Enum.GetValues<Layout>()) Exact<float>(geometry.WithLayout(layout));
    }

    [Fact]
    public void Scatter_matrix_and_zero_insertion_take_any_number() => RandomProblems.ForAll(3, 25, static geometry =>
    {
        Exact<int>(geometry);
        Exact<long>(geometry);
        Exact<decimal>(geometry);
        Exact<BigInteger>(geometry);
        Assert.Equal(["zero-insertion", "matrix", "scatter"], TestProblems.Algorithms<BigInteger>(geometry, Pass.Forward));
        Assert.Equal(["matrix", "scatter"], TestProblems.Algorithms<int>(geometry, Pass.WeightGradient));
    });

    [Fact]
    public void Numbers_beyond_64_bits_stay_exact()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.PyTorch([1, 2, 3], [2, 1, 3], stride: 2);
        var (x, w, y) =
            Tensors(geometry,
            static (count, seed) => Array.ConvertAll(RandomProblems.Integers<BigInteger>(count, seed),
                static value => value * BigInteger.Pow(10, 40) + 1));
        foreach (Pass pass in Passes)
            foreach (ComputeSettings way in Ways<BigInteger>(geometry, pass))
                AssertSame(Oracle.Compute(geometry, pass, x, w, y), Run(geometry, pass, x, w, y, way), $"{way.Algorithm} {pass}");
    }

    [Fact]
    public void Every_algorithm_stays_within_the_bound_of_its_sums_in_single_precision() =>
        RandomProblems.ForAll(4, 80, static geometry => Bounded<float>(geometry));

    [Fact]
    public void Every_algorithm_stays_within_the_bound_of_its_sums_in_double_precision() =>
        RandomProblems.ForAll(5, 50, static geometry => Bounded<double>(geometry));

    [Fact]
    public void The_machine_has_no_wider_vectors_than_this_run_is_meant_to_have()
    {
        if (Environment.GetEnvironmentVariable(InstructionSetTests.WidestVariable) is { } widest)
            Assert.Equal(widest, Simd.Widest.ToString());
        else
            Assert.Contains(Simd.Widest, Enum.GetValues<SimdWidth>());
    }

    private static void Exact<T>(ConvTransposeGeometry geometry)
        where T : INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        foreach (Pass pass in Passes)
        {
            T[] expected = Oracle.Compute(geometry, pass, x, w, y);
            foreach (ComputeSettings way in Ways<T>(geometry, pass))
                AssertSame(expected, Run(geometry, pass, x, w, y, way), $"{way.Algorithm} {way.Width} {pass}");
        }
    }

    private static void Bounded<T>(ConvTransposeGeometry geometry)
        where T : INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Reals<T>);
        double[] Doubles(T[] values) => Array.ConvertAll(values, double.CreateChecked);
        foreach (Pass pass in Passes)
        {
            double[] expected = Oracle.Compute(geometry, pass, Doubles(x), Doubles(w), Doubles(y));
            double[] bounds = Oracle.Bounds(geometry, pass, x, w, y);
            foreach (ComputeSettings way in Ways<T>(geometry, pass))
                AssertWithin(expected, bounds, Run(geometry, pass, x, w, y, way), $"{way.Algorithm} {way.Width} {pass}");
        }
    }
}
