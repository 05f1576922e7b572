using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

public sealed class ResizeConvolutionTests
{
    public static TheoryData<int, int> KernelsAndScales
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (int k = 1; k <= 5; k++)
                for (int s = 1; s <= 4; s++) data.Add(k, s);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(KernelsAndScales))]
    public void It_equals_the_enlargement_followed_by_the_convolution(int k, int s)
    {
        for (int padding = 0; padding <= 2; padding++)
        foreach ((int groups, int inputs, int outputs) in ((int, int, int)[])[(1, 2, 3), (2, 1, 2), (3, 1, 1)])
        {
            (int h, int w) = (3, 5);
            if (Math.Min(h, w) * s + 2 * padding < k) continue;
            float[] x = RandomProblems.Integers<float>(2 * groups * inputs * h * w, k), weight = RandomProblems.Integers<float>(groups * outputs * inputs * k * k, s), bias = RandomProblems.Integers<float>(groups * outputs, 9);
            var input = new ReadOnlyTensorSpan<float>(x, [2, groups * inputs, h, w]);
            var kernel = new ReadOnlyTensorSpan<float>(weight, [groups * outputs, inputs, k, k]);
            Tensor<float> enlarged = Resize.Forward(input, new int[] { h * s, w * s }, new ResizeMethod { Mode = ResizeMode.Nearest });
            Tensor<float> apart = Convolution.Forward(enlarged, kernel, new ReadOnlyTensorSpan<float>(bias, [bias.Length]), padding: padding, groups: groups, settings: TestProblems.By("phases"));
            Tensor<float> fused = ResizeConvolution.Forward(input, kernel, s, new ReadOnlyTensorSpan<float>(bias, [bias.Length]), padding, groups, TestProblems.By("phases"));
            Assert.Equal(apart.Lengths.ToArray(), fused.Lengths.ToArray());
            Assert.Equal(apart.ToArray(), fused.ToArray());
        }
    }

    [Fact]
    public void Each_axis_may_have_its_own_factor_kernel_and_padding()
    {
        int[] x = RandomProblems.Integers<int>(3 * 4 * 5, 1), weight = RandomProblems.Integers<int>(2 * 1 * 2 * 4, 2);
        Tensor<int> fused = ResizeConvolution.Forward(
            new ReadOnlyTensorSpan<int>(x, [3, 1, 4, 5]), new ReadOnlyTensorSpan<int>(weight, [2, 1, 2, 4]), new int[] { 3, 2 }, padding: new int[] { 1, 0 });
        Assert.Equal([3, 2, 13, 7], fused.Lengths.ToArray());
        int[] actual = fused.ToArray();
        for (int n = 0; n < 3; n++)
        for (int o = 0; o < 2; o++)
        for (int y0 = 0; y0 < 13; y0++)
        for (int y1 = 0; y1 < 7; y1++)
        {
            int sum = 0;
            for (int t0 = 0; t0 < 2; t0++)
            for (int t1 = 0; t1 < 4; t1++)
            {
                int x0 = y0 + t0 - 1, x1 = y1 + t1;
                if (x0 >= 0 && x0 < 12 && x1 < 10) sum += x[(n * 4 + x0 / 3) * 5 + x1 / 2] * weight[(o * 2 + t0) * 4 + t1];
            }
            Assert.Equal(sum, actual[((n * 2 + o) * 13 + y0) * 7 + y1]);
        }
    }

    [Fact]
    public void It_runs_over_one_and_three_axes()
    {
        // 1 2 enlarged twice is 1 1 2 2.
        Assert.Equal([11, 21, 22], ResizeConvolution.Forward(new ReadOnlyTensorSpan<int>([1, 2], [1, 1, 2]), new ReadOnlyTensorSpan<int>([1, 10], [1, 1, 2]), 2).ToArray());
        Assert.Equal([8], ResizeConvolution.Forward(new ReadOnlyTensorSpan<int>([1], [1, 1, 1, 1, 1]), new ReadOnlyTensorSpan<int>([1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 2, 2, 2]), 2).ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var geometry = ConvTransposeGeometry.ResizeConvolution([1, 2, 3, 3], [4, 2, 3, 3], 2, 1);
        var error = Assert.Throws<GeometryException>(() => ResizeConvolution.FuseWeights<float>(geometry, [4, 2, 3, 3], new float[71]));
        Assert.Equal("weight holds 71 elements, and shape [4, 2, 3, 3] needs 72", error.Message);
        Assert.Throws<GeometryException>(() => ResizeConvolution.Forward(new ReadOnlyTensorSpan<float>(new float[18], [1, 2, 3, 3]), new ReadOnlyTensorSpan<float>(new float[27], [1, 3, 3, 3]), 2));
        Assert.Throws<GeometryException>(() => ResizeConvolution.Forward(new ReadOnlyTensorSpan<float>(new float[9], [1, 1, 3, 3]), new ReadOnlyTensorSpan<float>(new float[9], [1, 1, 3, 3]), 0));
    }
}
