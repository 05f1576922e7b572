using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

/// <summary>The kernels over every tail of their vectors, with vectors of every width, against the product written out.</summary>
public sealed class ResampleKernelTests
{
    private static readonly ResizeMethod[] Methods =
    [
        new() { Mode = ResizeMode.Nearest }, new() { Mode = ResizeMode.Linear }, new() { Mode = ResizeMode.Linear, Coordinates = ResizeCoordinates.AlignCorners },
        new() { Mode = ResizeMode.Cubic }, new() { Mode = ResizeMode.Cubic, Antialias = true }, new() { Mode = ResizeMode.Area },
    ];

    [Fact]
    public void Every_inner_and_outer_length_around_the_vectors_gives_the_product()
    {
        int m = 5, n = 4;
        int[] first = [0, 1, 3, 2, 0], offsets = [0, 2, 5, 6, 6, 10];
        float[] weights = OperatorProperty.Integers<float>(10, 3);
        foreach (SimdWidth width in TestProblems.Widths)
        foreach ((int outer, int inner) in Enumerable.Range(0, 2 * Resample.Lanes<float>(width) + 4).SelectMany(static k => new[] { (k, 1), (1, k), (2, k) }))
        {
            float[] source = OperatorProperty.Integers<float>(outer * n * inner, 4), destination = new float[outer * m * inner];
            Array.Fill(destination, float.NaN);
            Resample.Multiply<float>(source, outer, n, inner, first, offsets, weights, width, new float[Resample.ScratchLength<float>(n, m, inner, width)], destination);
            Assert.Equal(Product(source, outer, n, inner, first, offsets, weights), destination);
        }
    }

    [Fact]
    public void Axes_of_every_ratio_and_length_have_the_same_bits_arranged_for_vectors()
    {
        Agree<float>();
        Agree<double>();
    }

    [Fact]
    public void An_axis_that_shrinks_beyond_the_reach_of_vectors_is_not_arranged()
    {
        // The outputs of one vector take their taps from 20 times as many inputs.
        ResizeTaps matrix = ResizeTaps.Create(ResizeAxis.ToSize(1000, 50), new() { Mode = ResizeMode.Linear });
        Assert.Null(ResizeLanes.TryCreate(matrix, new float[matrix.Weights.Length], 1, 100, Simd.Widest));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_output_depends_on_its_own_taps_alone(float value)
    {
        // Aligned corners hit every third input exactly, and these outputs have but one tap; a neighbour's value must not reach them through a weight of zero.
        ResizeTaps matrix = ResizeTaps.Create(ResizeAxis.ToSize(34, 45, ResizeCoordinates.AlignCorners), new() { Mode = ResizeMode.Linear });
        float[] weights = Array.ConvertAll(matrix.Weights.ToArray(), static weight => (float)weight);
        foreach (SimdWidth width in TestProblems.Widths)
        {
            if (ResizeLanes.TryCreate(matrix, weights, 1, 5, width) is not { } lanes) continue;
            for (int hit = 0; hit < matrix.Input; hit++)
            {
                var source = new float[5 * matrix.Input];
                for (int row = 0; row < 5; row++) source[row * matrix.Input + hit] = value;
                var destination = new float[5 * matrix.Output];
                ResampleLanes.Run(lanes, source, 5, destination);
                for (int i = 0; i < destination.Length; i++)
                {
                    int o = i % matrix.Output;
                    bool sees = hit >= matrix.First[o] && hit < matrix.First[o] + matrix.Offsets[o + 1] - matrix.Offsets[o];
                    Assert.True(sees ? !float.IsFinite(destination[i]) : destination[i] == 0, $"{width}, input {hit}, output {o}: {destination[i]}");
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

    // Also the transposed matrices, whose outputs may have no tap at all; and an input of negative zeros, which a selection keeps.
    private static void Agree<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        int arranged = 0;
        var random = new Random(7);
        foreach (SimdWidth width in TestProblems.Widths)
        foreach (ResizeMethod method in Methods)
        foreach ((int n, int m) in new[] { (1, 2), (2, 1), (3, 7), (5, 5), (7, 14), (8, 4), (15, 17), (16, 16), (17, 33), (24, 36), (36, 54), (31, 100), (100, 41), (64, 32), (65, 32), (48, 13), (80, 20), (170, 31), (9, 300) })
        foreach ((int outer, int inner) in new[] { (1, 1), (3, 1), (4, 1), (19, 1), (40, 1), (2, 3), (9, 2), (1, 5) })
        foreach (bool transposed in new[] { false, true })
        {
            ResizeTaps matrix = ResizeTaps.Create(ResizeAxis.ToSize(n, m, method.Coordinates), method);
            if (transposed) matrix = matrix.Transpose();
            T[] weights = Array.ConvertAll(matrix.Weights.ToArray(), T.CreateTruncating);
            if (ResizeLanes.TryCreate(matrix, weights, inner, outer, width) is not { } lanes) continue;
            arranged++;
            var source = new T[outer * matrix.Input * inner];
            for (int i = 0; i < source.Length; i++) source[i] = random.Next(8) == 0 ? -T.Zero : T.CreateTruncating(random.NextDouble() - 0.5);
            var destination = new T[outer * matrix.Output * inner];
            Array.Fill(destination, T.NaN);
            ResampleLanes.Run(lanes, source, outer, destination);
            T[] expected = Product(source, outer, matrix.Input, inner, matrix.First.ToArray(), matrix.Offsets.ToArray(), weights);
            if (matrix.IsSelection) Resample.Select(source, outer, matrix.Input, inner, matrix.First, expected);
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.True(
                    expected[i] == destination[i] && T.IsNegative(expected[i]) == T.IsNegative(destination[i]),
                    $"{width} {method.Mode} {n} to {m}{(transposed ? " transposed" : "")}, [{outer}, ., {inner}], element {i}: {destination[i]}, and must be {expected[i]}");
            }
        }
        Assert.True(arranged > 100 || Simd.Widest == SimdWidth.Scalar, $"only {arranged} were arranged");
    }

    private static T[] Product<T>(T[] source, int outer, int n, int inner, int[] first, int[] offsets, T[] weights) where T : INumber<T>
    {
        int m = first.Length;
        var product = new T[outer * m * inner];
        for (int i = 0; i < product.Length; i++)
        {
            int a = i / (m * inner), o = i / inner % m, c = i % inner;
            for (int k = offsets[o]; k < offsets[o + 1]; k++) product[i] += weights[k] * source[(a * n + first[o] + k - offsets[o]) * inner + c];
        }
        return product;
    }
}
