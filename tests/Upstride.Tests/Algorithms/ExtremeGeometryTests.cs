using Upstride.Algorithms;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;
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
}
