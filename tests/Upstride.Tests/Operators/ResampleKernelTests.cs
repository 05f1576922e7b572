using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Tests.Operators;

/// <summary>The kernel over every tail of its vectors, on whole numbers, against the product written out.</summary>
public sealed class ResampleKernelTests
{
    [Fact]
    public void Every_inner_and_outer_length_around_the_vectors_gives_the_product()
    {
        int lanes = Vector<float>.Count, m = 5, n = 4;
        int[] first = [0, 1, 3, 2, 0], offsets = [0, 2, 5, 6, 6, 10];
        float[] weights = OperatorProperty.Integers<float>(10, 3);
        foreach ((int outer, int inner) in Enumerable.Range(0, 2 * lanes + 4).SelectMany(static k => new[] { (k, 1), (1, k), (2, k) }))
        {
            float[] source = OperatorProperty.Integers<float>(outer * n * inner, 4), destination = new float[outer * m * inner];
            Array.Fill(destination, float.NaN);
            Resample.Multiply<float>(source, outer, n, inner, first, offsets, weights, new float[Resample.ScratchLength<float>(n, m, inner)], destination);
            for (int a = 0; a < outer; a++)
            {
                for (int o = 0; o < m; o++)
                {
                    for (int c = 0; c < inner; c++)
                    {
                        float sum = 0;
                        for (int k = offsets[o]; k < offsets[o + 1]; k++) sum += weights[k] * source[(a * n + first[o] + k - offsets[o]) * inner + c];
                        Assert.Equal(sum, destination[(a * m + o) * inner + c]);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_selection_copies_rows()
    {
        int[] first = [2, 0, 0, 1];
        foreach (int inner in new[] { 1, 2, 9 })
        {
            int[] source = OperatorProperty.Integers<int>(2 * 3 * inner, 1), destination = new int[2 * 4 * inner];
            Resample.Select<int>(source, 2, 3, inner, first, destination);
            for (int i = 0; i < destination.Length; i++)
                Assert.Equal(source[(i / (4 * inner) * 3 + first[i / inner % 4]) * inner + i % inner], destination[i]);
        }
    }
}
