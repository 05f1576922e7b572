using Upstride.Algorithms;
using Upstride.Geometry;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// Where an infinity or NaN comes out: everywhere the definition sums it into, and for the algorithms that docs/algorithms.md names
/// beyond.
/// </summary>
public sealed class NonFiniteTests
{
    private static readonly ConvTransposeGeometry[] s_problems =
    [
        .. ((string[])[
            "ci3 co4 i7x6 k4x4 s2x2 p1x1", "ci2 co3 i5x5 k3x3 s1x1 p1x1", "ci2 co2 i6x5 k5x5 s3x3 p2x2",
            "ci1 co3 i4x9 k3x3 s2x2 d2x2 p1x1",
            "n2 ci2 co2 i8 k4 s2 p1", "ci16 co16 i12x12 k4x4 s2x2 p1x1", "ci4 co4 i1x1 k4x4", "ci2 co1 i9x9 k2x2 s3x3",
        ]).Select(static line => ConvTransposeGeometry.ParseProblem("p " + line).Geometry),
    ];

    [Fact]
    public void Every_algorithm_carries_them_to_what_the_definition_sums_and_those_that_are_named_further()
    {
        var ofData = new SortedSet<string>(StringComparer.Ordinal);
        int reached = 0;
        var ofWeights = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ConvTransposeGeometry geometry in s_problems)
        foreach (Pass pass in Passes)
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity])
        foreach (bool inWeights in pass == Pass.WeightGradient ? (bool[])[false] : [false, true])
        {
            (float[] x, float[] w, float[] y) = Tensors(geometry, static (count, seed) => RandomProblems.Integers<float>(count, seed));
            // Nothing else is zero, so that a product with what is not finite is not finite either.
            foreach (float[] tensor in (float[][])[x, w, y])
                for (int i = 0; i < tensor.Length; i++) tensor[i] = tensor[i] == 0 ? 1 : tensor[i];
            float[] placed = inWeights ? w : pass == Pass.InputGradient ? y : x;
            placed[placed.Length / 2] = value;
            float[] expected = Run(geometry, pass, x, w, y, By("scatter"));
            reached += expected.Count(static one => !float.IsFinite(one));
            foreach (AlgorithmInfo algorithm in AlgorithmList.All)
            {
                if (algorithm.Refusal(geometry, pass, settings: By(algorithm.Name)) is not null) continue;
                float[] actual = Run(geometry, pass, x, w, y, By(algorithm.Name));
                for (int i = 0; i < actual.Length; i++)
                {
                    if (!float.IsFinite(expected[i]))
                    {
                        Assert.False(
                            float.IsFinite(actual[i]),
                            $"{algorithm} {pass} of {geometry}: element {i} is {actual[i]}, and the definition has {expected[i]}");
                    }
                    else if (!float.IsFinite(actual[i]))
                        (inWeights ? ofWeights : ofData).Add(algorithm.Name);
                }
            }
        }
        Assert.True(reached > 500, $"only {reached} elements of the definition are not finite");
        Assert.Equal(
            "data: column phases planes rows strips winograd; weights: column phases winograd zero-insertion",
            $"data: {string.Join(' ', ofData)}; weights: {string.Join(' ', ofWeights)}");
    }
}
