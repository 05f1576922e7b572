using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>Blocks whose source stands in panels, for which random problems have too few channels: exact on integers.</summary>
public sealed class PhasePanelTests
{
    // Phases of a dilated kernel begin at other places; more columns than some panels of any width.
    [Theory]
    [InlineData("n1 ci8 co8 i4x95 k3x3 s2x2 p3x3 d3x3")]
    [InlineData("n2 ci9 co5 i5x101 k1x3 s1x2 p0x3 d1x3")]
    [InlineData("n1 ci64 co32 i7x95 k3x3 s2x2 p3x3 o1x1 d3x3")]
    [InlineData("n1 ci16 co3 i3x70 k2x4 s3x3 p1x2 d2x2")]
    [InlineData("n1 ci12 co16 i150 k5 s4 p7 d3")]
    [InlineData("n1 ci8 co8 i2x3x95 k2x2x3 s2x2x2 p1x0x3 d1x2x3")]
    [InlineData("n1 ci8 co8 i4x95 k9x9 s4x4 p2x3 o1x1")]
    [InlineData("n1 ci8 co24 i6x90 k3x3 s1x1 p2x2 d2x2")]

    // Windows of one place that do not follow each other: strides, and borders that are cropped.
    [InlineData("n2 ci24 co17 i13x13 k1x1 s2x2")]
    [InlineData("n1 ci16 co12 i9x40 k1x1 s3x2 o1x1")]
    [InlineData("n1 ci16 co40 i60x61 k1x1 s1x2 o0x1")]
    [InlineData("n1 ci16 co12 i9x40 k1x1 s1x1 p1x2")]
    [InlineData("n1 ci16 co12 i5x9x14 k1x1x1 s2x2x2")]

    // Planes that follow each other, several blocks of them, phases without taps, and axes that are cropped or go on beyond the source.
    [InlineData("n2 ci16 co9 i22x5x5 k2x2x2 s2x2x2")]
    [InlineData("n1 ci256 co8 i41x9x11 k2x2x2 s2x2x2")]
    [InlineData("n1 ci9 co8 i5x3x7 k1x2x2 s1x2x2")]
    [InlineData("n1 ci8 co8 i6x5x5 k1x2x2 s2x3x2")]
    [InlineData("n1 ci8 co12 i5x3x7 k2x2x2 s2x2x2 o1x1x1")]
    [InlineData("n1 ci8 co8 i5x4x6 k2x2x2 s2x2x2 p1x0x0")]
    [InlineData("n1 ci8 co8 i5x4x6 k3x2x2 s3x2x2 c-2+1x0+0x0+0")]
    [InlineData("n1 ci10 co10 i13x9x11 k1x1x1 s1x1x1")]

    // Channels whole pages apart.
    [InlineData("n2 ci16 co16 i32x32 k1x1")]
    [InlineData("n1 ci9 co14 i128x96 k1x1")]
    [InlineData("n1 ci12 co7 i4x16x64 k1x1x1")]
    public void Every_column_reads_its_own_channel(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<float>);
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        {
            using Plan<float> reference = Plan(geometry, pass, w, new() { Algorithm = "scatter" });
            float[] expected = Run(reference, x, y);
            foreach (SimdWidth width in Enum.GetValues<SimdWidth>().Where(static width => width <= Simd.Widest))
            {
                using Plan<float> plan = Plan(geometry, pass, w, new() { Algorithm = "phases", Width = width });
                float[] result = Run(plan, x, y);
                for (int i = 0; i < expected.Length; i++)
                    if (expected[i] != result[i])
                        Assert.Fail($"{pass}, {width}: element {i} is {result[i]}, and must be {expected[i]}\n{plan.Explain()}");
            }
        }
    }

    [Theory]
    [InlineData("n2 ci16 co16 i32x32 k1x1", SimdWidth.Bits256, true)]
    [InlineData("n2 ci16 co16 i32x32 k1x1", SimdWidth.Bits512, false)]
    [InlineData("n2 ci16 co6 i32x32 k1x1", SimdWidth.Bits256, false)]
    [InlineData("n2 ci8 co16 i32x32 k1x1", SimdWidth.Bits256, false)]
    [InlineData("n2 ci16 co16 i32x33 k1x1", SimdWidth.Bits256, false)]
    internal void Lines_that_the_first_cache_does_not_keep_are_moved_together(string problem, SimdWidth width, bool moved)
    {
        if (width > Simd.Widest) return;
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        var planned = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), By(null) with { Width = width });
        Assert.Equal(moved, planned.Phases.Block.MovesStrips);
    }

    [Theory]
    [InlineData("n2 ci64 co32 i22x5x5 k2x2x2 s2x2x2", true)]
    [InlineData("n1 ci64 co32 i5x3x7 k1x2x2 s1x2x2", true)]
    [InlineData("n1 ci64 co32 i22x5x5 k2x2x2 s2x2x2 p0x1x0", false)]
    [InlineData("n1 ci64 co32 i22x5x5 k3x3x3 s2x2x2 p1x1x1", false)]
    public void Small_planes_share_register_tiles_where_windows_read_one_place(string problem, bool joined)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"a {problem}").Geometry;
        var planned = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), By(null) with { Width = SimdWidth.Bits256 });
        Assert.Equal(joined, planned.Phases.Block.PlanesAreJoined);
    }
}
