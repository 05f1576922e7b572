using Upstride.Algorithms;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>Legal numbers that no network has: what the list chooses computes them, in memory and time that fit the problem.</summary>
public sealed class ExtremeGeometryTests
{
    public static TheoryData<string> Problems =>
    [
        "long-stride ci2 co1 g1 i3 k2 s1000000",
        "wide-stride ci1 co2 g1 i2x2 k3x2 s700x700",
        "deep-stride ci1 co1 g1 i2x2x2 k2x2x2 s60x60x60",
        "most-phases ci1 co1 g1 i2x2 k2x3 s64x64",
        "most-phases-of-an-axis ci2 co2 g1 i3 k5000 s4096",
        "long-dilation ci2 co2 g1 i5 k3 s2 d100000",
        "wide-dilation ci1 co2 g1 i2x2 k2x2 s1x1 d150x150",
        "long-kernel ci1 co1 g1 i4 k5000 s3",
        "wide-kernel ci1 co1 g1 i3x2 k200x200 s7x1",
        "many-images n3000 ci1 co1 g1 i2 k3 s2 p1",
        "many-channels ci3000 co1 g1 i3 k3 s2 p1",
        "many-outputs ci1 co3000 g1 i3 k3 s2 p1",
        "many-groups ci3000 co3000 g3000 i3 k3 s2 p1",
        "one-element ci1 co1 g1 i1x1x1 k1x1x1",
    ];

    [Theory]
    [MemberData(nameof(Problems))]
    public void The_definition_comes_out(string problem)
    {
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry.WithLayout(layout);
            var (x, w, y) = Tensors(geometry, RandomProblems.Integers<double>);
            foreach (Pass pass in Passes)
            {
                string chosen = AlgorithmTable.Choose(new(geometry, pass, typeof(double), By(null) with { AllowWinograd = false })).Name;
                double[] expected = Oracle.Compute(geometry, pass, x, w, y);
                foreach (string name in (string[])[chosen, "phases", "column"])
                {
                    if (AlgorithmTable.Named(name).Refusal(new(geometry, pass, typeof(double))) is null)
                        AssertSame(expected, Run(geometry, pass, x, w, y, By(name)), $"{name} {pass} {layout}");
                }
            }
        }
    }

    [Fact]
    public void Phases_refuse_strides_that_make_too_many_of_them()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("large ci1 co1 g1 i2x2 k2x2 s64x65").Geometry;
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            Assert.Equal("the strides make 64*65 = 4160 phases, more than 4096", AlgorithmTable.Named("phases").Refusal(new(geometry, pass, typeof(float))));
            Assert.Equal("the strides make 64*65 = 4160 phases, more than 4096", new WinogradAlgorithm().Refusal(new(geometry, pass, typeof(float))));
        }
        Assert.Null(AlgorithmTable.Named("phases").Refusal(new(geometry, Pass.WeightGradient, typeof(float))));
        Assert.Null(AlgorithmTable.Named("phases").Refusal(new(ConvTransposeGeometry.ParseProblem("most ci1 co1 g1 i2x2 k2x2 s64x64").Geometry, Pass.Forward, typeof(float))));
    }

    // Windows over these kernels span their extent: a 574-byte model of 9,072 FLOPs ran 17 to 43 seconds. Work goes by what the definition multiplies.
    [Theory]
    [InlineData("ci3 co4 g1 i7x6 k3x3 s1x1 d1x65537", Pass.Forward)]
    [InlineData("ci3 co4 g1 i7x6 k3x3 s1x1 d1x65537", Pass.InputGradient)]
    [InlineData("ci3 co4 g1 i7x6 k3x3 s1x1 d1x65537", Pass.WeightGradient)]
    [InlineData("ci2 co2 g2 i20 k2 s3 d3000000", Pass.Forward)]
    [InlineData("ci2 co2 g1 i4x4 k2x2 s1x1 d2000x2000", Pass.Forward)]
    public void A_far_dilation_costs_what_the_definition_multiplies(string problem, Pass pass) =>
        CostsLittle(ConvTransposeGeometry.ParseProblem("far " + problem).Geometry, pass);

    // Of 66 million products of this convolution 18 a channel pair are not with padding.
    [Fact]
    public void Padding_costs_nothing_but_the_elements_that_are_written() =>
        CostsLittle(ConvolutionGeometry.Onnx([2, 4, 6], [6, 2, 3], pads: [0, 1048576], dilations: 65535, group: 2).Adjoint, Pass.InputGradient);

    private static void CostsLittle(ConvTransposeGeometry geometry, Pass pass)
    {
        double cycles = AlgorithmList.Choose(geometry, pass).EstimateCycles(geometry, pass);
        double products = 16 * geometry.KeptMultiplyAdds + geometry.InputLength + (double)geometry.OutputLength;
        Assert.True(cycles <= 16 * Math.Max(1e6, products), $"{AlgorithmList.Choose(geometry, pass)} takes {cycles:G3} cycles for {geometry.KeptMultiplyAdds} products");
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<float>);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        _ = Run(geometry, pass, x, w, y, By(null));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 5000);
    }
}
