using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

/// <summary>Half precision is computed in single and rounded once: a sum of halves would stand still at 2048, where the next number is 2050.</summary>
public sealed class HalfTests
{
    private static readonly Half s_one = Half.One;

    [Fact]
    public void A_sum_goes_on_where_halves_have_no_digits_left()
    {
        // 3000 channels of ones, by a kernel of ones: 3000 in every output, and in every input's gradient.
        var geometry = ConvTransposeGeometry.PyTorch([1, 3000, 1], [3000, 1, 1]);
        Half[] ones = Ones(3000), output = new Half[1];
        foreach (AlgorithmInfo algorithm in AlgorithmList.All)
        {
            var settings = new ComputeSettings { Algorithm = algorithm.Name };
            if (algorithm.Refusal(geometry, Pass.Forward, typeof(Half), settings) is not null) continue;
            ConvTranspose.Forward<Half>(geometry, ones, ones, default, output, settings);
            Assert.True(output[0] == (Half)3000, $"{algorithm}: {output[0]}");
        }

        // The bias gradient of a plane of 3000 ones, in both layouts.
        var bias = new Half[1];
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            ConvTranspose.BiasGradient(ConvTransposeGeometry.PyTorch([1, 1, 3000], [1, 1, 1]).WithLayout(layout), ones, bias);
            Assert.Equal((Half)3000, bias[0]);
        }

        // The weight gradient sums over places, the input gradient over channels.
        var weight = new Half[1];
        ConvTranspose.WeightGradient<Half>(ConvTransposeGeometry.PyTorch([1, 1, 3000], [1, 1, 1]), ones, ones, weight);
        Assert.Equal((Half)3000, weight[0]);
        var wide = ConvTransposeGeometry.PyTorch([1, 1, 1], [1, 3000, 1]);
        ConvTranspose.InputGradient<Half>(wide, ones, ones, output);
        Assert.Equal((Half)3000, output[0]);
    }

    [Fact]
    public void Every_pass_is_that_of_single_precision_rounded_once() => RandomProblems.ForAll(71, 20, static geometry =>
    {
        (float[] x, float[] w, float[] y) = TestProblems.Tensors(geometry, RandomProblems.Reals<float>);
        Half[] hx = Halves(x), hw = Halves(w), hy = Halves(y), bias = Halves([.. Enumerable.Range(1, geometry.OutputChannels).Select(static i => i / 8f)]);
        var settings = new ComputeSettings { Threads = 1 };
        using Plan<Half> plan = ConvTransposePlan.Create<Half>(geometry, hw, bias, Activation.Tanh, residual: true, settings);
        using Plan<float> single = ConvTransposePlan.Create<float>(geometry, Singles(hw), Singles(bias), Activation.Tanh, residual: true, settings);
        Half[] once = new Half[geometry.OutputLength];
        float[] wide = new float[once.Length];
        plan.Run(hx, hy, once);
        single.Run(Singles(hx), Singles(hy), wide);
        Assert.Equal(Halves(wide), once);

        plan.SetWeight(hw, Halves([.. Singles(bias).Select(static value => -value)]));
        single.SetWeight(Singles(hw), [.. Singles(bias).Select(static value => -value)]);
        plan.Run(hx, hy, once);
        single.Run(Singles(hx), Singles(hy), wide);
        Assert.Equal(Halves(wide), once);
        Assert.Equal(0, Allocation.OfEachRun(() => plan.Run(hx, hy, once)));
    });

    [Fact]
    public void Resizing_and_its_gradient_are_those_of_single_precision_rounded_once()
    {
        foreach (ResizeMethod method in (ResizeMethod[])[ResizeMethod.PyTorchBicubic(), ResizeMethod.Area, ResizeMethod.PyTorchNearest])
        {
            var geometry = ResizeGeometry.ToSize([1, 2, 9, 40], [3, 7], method);
            Half[] x = Halves(RandomProblems.Reals<float>(geometry.InputLength, 1)), y = Halves(RandomProblems.Reals<float>(geometry.OutputLength, 2));
            Half[] output = new Half[y.Length], gradient = new Half[x.Length];
            float[] wide = new float[y.Length], wideGradient = new float[x.Length];
            Resize.Forward<Half>(x, geometry, output);
            Resize.InputGradient<Half>(y, geometry, gradient);
            Resize.Forward<float>(Singles(x), geometry, wide);
            Resize.InputGradient<float>(Singles(y), geometry, wideGradient);
            Assert.Equal(Halves(wide), output);
            Assert.Equal(Halves(wideGradient), gradient);
        }

        // The mean of 3000 ones is one.
        var mean = new Half[1];
        Resize.Forward<Half>(Ones(3000), ResizeGeometry.ToSize([1, 1, 3000], 1, ResizeMethod.Area), mean);
        Assert.Equal(s_one, mean[0]);
    }

    [Fact]
    public void Gradients_of_windows_that_overlap_add_up()
    {
        // Of 3000 windows the first element is every one's maximum.
        var geometry = PoolGeometry.PyTorch([1, 1, 5999], 3000, stride: 1);
        Half[] x = new Half[5999], gradient = new Half[5999];
        x[2999] = s_one;
        var (output, indices) = (new Half[3000], new int[3000]);
        MaxPool.Forward(x, geometry, output, indices);
        MaxPool.InputGradient<Half>(Ones(3000), indices, geometry, gradient);
        Assert.Equal((Half)3000, gradient[2999]);
    }

    private static Half[] Ones(int count) => [.. Enumerable.Repeat(s_one, count)];

    private static Half[] Halves(float[] values)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return halves;
    }

    private static float[] Singles(Half[] values)
    {
        var singles = new float[values.Length];
        TensorPrimitives.ConvertToSingle(values, singles);
        return singles;
    }
}
