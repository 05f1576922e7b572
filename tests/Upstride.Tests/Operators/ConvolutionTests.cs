using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

/// <summary>The ordinary convolution against loops of its own: for each output the sum over its window.</summary>
public sealed class ConvolutionTests
{
    [Fact]
    public void It_is_the_sum_over_each_window()
    {
        var random = new Random(1);
        for (int round = 0; round < 60; round++)
        {
            int n = random.Next(1, 4), groups = random.Next(1, 3), inputs = random.Next(1, 4), outputs = random.Next(1, 4);
            int k0 = random.Next(1, 5), k1 = random.Next(1, 5), s0 = random.Next(1, 4), s1 = random.Next(1, 4), d0 = random.Next(1, 3), d1 = random.Next(1, 3), p0 = random.Next(0, 3), p1 = random.Next(0, 3);
            int h = random.Next(Math.Max(1, (k0 - 1) * d0 + 1 - 2 * p0), 16), w = random.Next(Math.Max(1, (k1 - 1) * d1 + 1 - 2 * p1), 16);
            float[] x = RandomProblems.Integers<float>(n * groups * inputs * h * w, round), weight = RandomProblems.Integers<float>(groups * outputs * inputs * k0 * k1, round + 1000);
            float[] bias = round % 2 == 0 ? RandomProblems.Integers<float>(groups * outputs, round + 2000) : [];
            int oh = (h + 2 * p0 - (k0 - 1) * d0 - 1) / s0 + 1, ow = (w + 2 * p1 - (k1 - 1) * d1 - 1) / s1 + 1;
            var expected = new float[n * groups * outputs * oh * ow];
            int place = 0;
            for (int b = 0; b < n; b++)
            for (int o = 0; o < groups * outputs; o++)
            for (int y0 = 0; y0 < oh; y0++)
            for (int y1 = 0; y1 < ow; y1++, place++)
            {
                expected[place] = bias.Length > 0 ? bias[o] : 0;
                for (int i = 0; i < inputs; i++)
                for (int t0 = 0; t0 < k0; t0++)
                for (int t1 = 0; t1 < k1; t1++)
                {
                    int x0 = y0 * s0 + t0 * d0 - p0, x1 = y1 * s1 + t1 * d1 - p1;
                    if (x0 >= 0 && x0 < h && x1 >= 0 && x1 < w)
                        expected[place] += x[((b * groups * inputs + o / outputs * inputs + i) * h + x0) * w + x1] * weight[((o * inputs + i) * k0 + t0) * k1 + t1];
                }
            }
            foreach (string algorithm in (string[])["phases", "column", "matrix", "scatter"])
            {
                Tensor<float> actual = Convolution.Forward(
                    new ReadOnlyTensorSpan<float>(x, [n, groups * inputs, h, w]), new ReadOnlyTensorSpan<float>(weight, [groups * outputs, inputs, k0, k1]),
                    bias.Length > 0 ? new ReadOnlyTensorSpan<float>(bias, [bias.Length]) : default,
                    [s0, s1], [p0, p1], [d0, d1], groups, TestProblems.By(algorithm));
                Assert.Equal([n, groups * outputs, oh, ow], actual.Lengths.ToArray());
                Assert.Equal(expected, actual.ToArray());
            }
        }
    }

    [Fact]
    public void It_runs_over_one_two_and_three_axes()
    {
        Equal([1, 1, 2], [321, 432], Convolution.Forward(new ReadOnlyTensorSpan<float>([1, 2, 3, 4], [1, 1, 4]), new ReadOnlyTensorSpan<float>([1, 10, 100], [1, 1, 3]), settings: TestProblems.By("phases")));
        Equal([1, 1, 1, 1], [4321], Convolution.Forward(new ReadOnlyTensorSpan<float>([1, 2, 3, 4], [1, 1, 2, 2]), new ReadOnlyTensorSpan<float>([1, 10, 100, 1000], [1, 1, 2, 2]), settings: TestProblems.By("phases")));
        Equal([1, 1, 1, 1, 2], [21, 43], Convolution.Forward(new ReadOnlyTensorSpan<float>([1, 2, 3, 4], [1, 1, 1, 1, 4]), new ReadOnlyTensorSpan<float>([1, 10], [1, 1, 1, 1, 2]), stride: [1, 1, 2], settings: TestProblems.By("phases")));
    }

    [Fact]
    public void Memory_and_sizes_that_do_not_fit_are_refused()
    {
        ConvolutionGeometry geometry = ConvolutionGeometry.Create([1, 1, 5], [1, 1, 3]);
        float[] memory = new float[20];
        var overlap = Assert.Throws<ArgumentException>(() => Convolution.Forward<float>(geometry, memory.AsSpan(0, 5), memory.AsSpan(10, 3), default, memory.AsSpan(4, 3)));
        Assert.StartsWith("destination shares memory with", overlap.Message);
        var length = Assert.Throws<GeometryException>(() => Convolution.Forward<float>(geometry, memory.AsSpan(0, 5), memory.AsSpan(10, 2), default, new float[3]));
        Assert.Equal("weight holds 2 elements, and shape [1, 1, 3] needs 3", length.Message);
        length = Assert.Throws<GeometryException>(() => Convolution.BiasGradient<float>(geometry, new float[3], new float[2]));
        Assert.Equal("destination holds 2 elements, and shape [1] needs 1", length.Message);
    }

    private static void Equal(nint[] shape, float[] expected, Tensor<float> actual)
    {
        Assert.Equal(shape, actual.Lengths.ToArray());
        Assert.Equal(expected, actual.ToArray());
    }
}
