using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;
using static Upstride.Testing.Oracle;

namespace Upstride.Tests.Algorithms;

/// <summary>What must hold of a transposed convolution whatever computes it, exactly, on whole numbers in double precision.</summary>
public sealed class AlgebraTests
{
    [Fact]
    public void The_convolution_is_the_adjoint() => RandomProblems.ForAll(11, 60, static geometry =>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<double>);
        foreach (string name in TestProblems.Algorithms<double>(geometry, Pass.InputGradient))
        {
            string forward = TestProblems.Algorithms<double>(geometry, Pass.Forward).Contains(name) ? name : "phases";
            double[] output = Run(geometry, Pass.Forward, x, w, y, By(forward)), convolved = Poisoned<double>(geometry.InputLength);
            Convolution.Forward<double>(geometry.Adjoint, y, w, default, convolved, By(name));
            Assert.Equal(Dot(output, y), Dot(x, convolved));

            // <y, T(w) x> is linear in w too: its gradient at w gives it back.
            if (TestProblems.Algorithms<double>(geometry, Pass.WeightGradient).Contains(name))
                Assert.Equal(Dot(output, y), Dot(w, Run(geometry, Pass.WeightGradient, x, w, y, By(name))));
        }
    });

    [Fact]
    public void The_convolutions_gradients_are_the_transposed_convolutions_other_way_round() =>
        RandomProblems.ForAll(12, 40, static geometry =>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<double>);
        ConvolutionGeometry convolution = geometry.Adjoint;
        double[] input = Poisoned<double>(y.Length), weight = Poisoned<double>(w.Length),
            bias = Poisoned<double>(convolution.OutputChannels);
        Convolution.InputGradient<double>(convolution, x, w, input, By("phases"));
        AssertSame(Compute(geometry, Pass.Forward, x, w, y), input, "input gradient");
        Convolution.WeightGradient<double>(convolution, y, x, weight, By("phases"));
        AssertSame(Compute(geometry, Pass.WeightGradient, x, w, y), weight, "weight gradient");
        Convolution.BiasGradient<double>(convolution, x, bias);
        AssertSame(ChannelSums(geometry.Layout, geometry.Batch, geometry.InputChannels, x), bias, "bias gradient");
    });

    [Fact]
    public void The_bias_gradient_is_the_sum_of_each_channel() => RandomProblems.ForAll(13, 40, static geometry =>
    {
        float[] y = RandomProblems.Integers<float>(geometry.OutputLength, 3), bias = Poisoned<float>(geometry.OutputChannels);
        ConvTranspose.BiasGradient<float>(geometry, y, bias);
        AssertSame(ChannelSums(geometry.Layout, geometry.Batch, geometry.OutputChannels, y), bias, "bias gradient");
    });

    [Fact]
    public void It_is_linear_in_input_and_in_weight() => RandomProblems.ForAll(14, 40, static geometry =>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<double>);
        double[] x2 = RandomProblems.Integers<double>(x.Length, 4), w2 = RandomProblems.Integers<double>(w.Length, 5);
        double[] T(double[] input, double[] weight) => Run(geometry, Pass.Forward, input, weight, y, By("phases"));
        AssertSame(Combine(2, T(x, w), -3, T(x2, w)), T(Combine(2, x, -3, x2), w), "linear in the input");
        AssertSame(Combine(2, T(x, w), -3, T(x, w2)), T(x, Combine(2, w, -3, w2)), "linear in the weight");
        Assert.All(T(new double[x.Length], w), static value => Assert.Equal(0, value));
    });

    [Fact]
    public void Shifting_the_input_by_one_shifts_the_output_by_the_stride()
    {
        int compared = 0;
        RandomProblems.ForAll(15, 60, geometry =>
        {
            var (x, w, y) = Tensors(geometry, RandomProblems.Integers<double>);
            for (int a = 0; a < geometry.Axes.Length; a++)
            {
                int axis = 3 - geometry.Axes.Length + a, stride = geometry.Axes[a].Stride;
                int[] n = Three(geometry, static one => one.Input, 1), m = Three(geometry, Size, 1);

                // The last input along the axis is zero, so that nothing is lost by the shift.
                double[] first = new double[x.Length], shifted = new double[x.Length];
                ForEachElement(geometry.Layout, geometry.Batch, geometry.InputChannels, n, (place, i) =>
                {
                    if (i[axis] < n[axis] - 1) first[place] = x[place];
                });
                ForEachElement(geometry.Layout, geometry.Batch, geometry.InputChannels, n, (place, i) =>
                {
                    if (i[axis] > 0) shifted[place] = first[Neighbour(geometry.Layout, geometry.InputChannels, n, place, axis, -1)];
                });
                double[] before = Run(geometry, Pass.Forward, first, w, y, By("phases")),
                    after = Run(geometry, Pass.Forward, shifted, w, y, By("phases"));
                ForEachElement(geometry.Layout, geometry.Batch, geometry.OutputChannels, m, (place, o) =>
                {
                    if (o[axis] < stride) return;
                    Assert.Equal(before[Neighbour(geometry.Layout, geometry.OutputChannels, m, place, axis, -stride)], after[place]);
                    compared++;
                });
            }
        });
        Assert.True(compared > 10_000, $"only {compared} elements were compared");
    }

    [Fact]
    public void With_stride_one_it_is_the_full_convolution_with_the_flipped_kernel()
    {
        // [channels in, channels out of a group, kernel] against [channels out, channels in of a group, flipped kernel].
        var random = new Random(16);
        for (int round = 0; round < 40; round++)
        {
            int groups = random.Next(1, 4), inputs = random.Next(1, 4), outputs = random.Next(1, 4), n = random.Next(1, 12),
                k = random.Next(1, 6), d = random.Next(1, 4);
            float[] x = RandomProblems.Integers<float>(2 * groups * inputs * n, round),
                w = RandomProblems.Integers<float>(groups * inputs * outputs * k, round + 100);
            float[] flipped = new float[w.Length];
            for (int g = 0; g < groups; g++)
            for (int i = 0; i < inputs; i++)
            for (int o = 0; o < outputs; o++)
            for (int t = 0; t < k; t++)
                flipped[((g * outputs + o) * inputs + i) * k + k - 1 - t] = w[((g * inputs + i) * outputs + o) * k + t];
            var input = new ReadOnlyTensorSpan<float>(x, [2, groups * inputs, n]);
            Tensor<float> transposed =
                ConvTranspose.Forward(input, new ReadOnlyTensorSpan<float>(w, [groups * inputs, outputs, k]), dilation: d, groups: groups,
                settings: By("phases"));
            Tensor<float> full =
                Convolution.Forward(input, new ReadOnlyTensorSpan<float>(flipped, [groups * outputs, inputs, k]), padding: (k - 1) * d,
                dilation: d, groups: groups, settings: By("phases"));
            Assert.Equal(full.Lengths.ToArray(), transposed.Lengths.ToArray());
            Assert.Equal(full.ToArray(), transposed.ToArray());
        }
    }

    [Fact]
    public void Groups_are_the_concatenation_of_their_parts() => RandomProblems.ForAll(17, 80, static geometry =>
    {
        if (geometry.Groups == 1) return;
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<double>);
        int groups = geometry.Groups, inputs = geometry.InputChannels / groups, outputs = geometry.OutputChannels / groups;
        int[] n = Three(geometry, static axis => axis.Input, 1), m = Three(geometry, Size, 1);
        double[] whole = Run(geometry, Pass.Forward, x, w, y, By("phases")),
            gradient = Run(geometry, Pass.InputGradient, x, w, y, By("phases"));
        var single = ConvTransposeGeometry.Create(geometry.Batch, inputs, outputs, 1, geometry.Axes, geometry.Layout);
        for (int g = 0; g < groups; g++)
        {
            double[] Part(double[] tensor, int channels, int[] sizes) =>
                Channels(tensor, geometry.Layout, geometry.Batch, groups * channels, sizes, g * channels, channels);
            double[] weight = w[(g * w.Length / groups)..((g + 1) * w.Length / groups)];
            AssertSame(Part(whole, outputs, m), Run(single, Pass.Forward, Part(x, inputs, n), weight, y, By("phases")),
                $"output of group {g}");
            AssertSame(Part(gradient, inputs, n), Run(single, Pass.InputGradient, x, weight, Part(y, outputs, m), By("phases")),
                $"input gradient of group {g}");
        }
    });

    [Fact]
    public void Both_layouts_give_the_same_numbers() => RandomProblems.ForAll(18, 80, static geometry =>
    {
        ConvTransposeGeometry first = geometry.WithLayout(Layout.ChannelsFirst), last = geometry.WithLayout(Layout.ChannelsLast);
        var (x, w, y) = Tensors(first, RandomProblems.Integers<float>);
        int[] n = Three(geometry, static axis => axis.Input, 1), m = Three(geometry, Size, 1);
        float[] X(float[] tensor) => ToLast(tensor, geometry.Batch, geometry.InputChannels, n);
        float[] Y(float[] tensor) => ToLast(tensor, geometry.Batch, geometry.OutputChannels, m);
        AssertSame(Y(Run(first, Pass.Forward, x, w, y, By("phases"))), Run(last, Pass.Forward, X(x), w, y, By("phases")), "output");
        AssertSame(X(Run(first, Pass.InputGradient, x, w, y, By("phases"))), Run(last, Pass.InputGradient, x, w, Y(y), By("phases")),
            "input gradient");
        AssertSame(Run(first, Pass.WeightGradient, x, w, y, By("phases")), Run(last, Pass.WeightGradient, X(x), w, Y(y), By("phases")),
            "weight gradient");
    });

    [Fact]
    public void Gradients_agree_with_finite_differences() => RandomProblems.ForAll(19, 25, static geometry =>
    {
        if (geometry.Batch == 0) return;
        var (x, w, _) = Tensors(geometry, RandomProblems.Reals<double>);
        double Loss(double[] input, double[] weight) =>
            Run(geometry, Pass.Forward, input, weight, [], By("scatter")).Sum(static value => value * value) / 2;
        double[] output = Run(geometry, Pass.Forward, x, w, [], By("phases"));
        double[] inputGradient = Run(geometry, Pass.InputGradient, x, w, output, By("phases")),
            weightGradient = Run(geometry, Pass.WeightGradient, x, w, output, By("phases"));

        // The loss is quadratic along each coordinate, so its central difference is its derivative but for the rounding of the two losses,
        // each a sum over outputs of squares of sums of products.
        const double step = 0.125;
        double[] magnitudes =
            Compute(geometry, Pass.Forward, Array.ConvertAll(x, static value => Math.Abs(value) + step),
            Array.ConvertAll(w, static value => Math.Abs(value) + step), []);
        double bound = 4.0 * geometry.MultiplyAdds * Math.ScaleB(1, -52) * magnitudes.Sum(static value => value * value) / step;
        var random = new Random(geometry.InputLength);
        for (int sample = 0; sample < 4; sample++)
        {
            int i = random.Next(x.Length), t = random.Next(w.Length);
            double byInput = (Loss(Moved(x, i, step), w) - Loss(Moved(x, i, -step), w)) / (2 * step);
            double byWeight = (Loss(x, Moved(w, t, step)) - Loss(x, Moved(w, t, -step))) / (2 * step);
            Assert.InRange(inputGradient[i], byInput - bound, byInput + bound);
            Assert.InRange(weightGradient[t], byWeight - bound, byWeight + bound);
        }
    });

    private static double[] Moved(double[] values, int place, double step)
    {
        double[] moved = [.. values];
        moved[place] += step;
        return moved;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, static (x, y) => x * y).Sum();

    private static double[] Combine(double a, double[] x, double b, double[] y) => [.. x.Zip(y, (left, right) => a * left + b * right)];

    private static T[] ChannelSums<T>(Layout layout, int batch, int channels, T[] tensor)
        where T : System.Numerics.INumber<T>
    {
        var sums = new T[channels];
        int plane = batch == 0 ? 0 : tensor.Length / batch / channels;
        for (int i = 0; i < tensor.Length; i++) sums[layout == Layout.ChannelsFirst ? i / plane % channels : i % channels] += tensor[i];
        return sums;
    }

    private static void ForEachElement(Layout layout, int batch, int channels, int[] sizes, Action<int, int[]> visit)
    {
        for (int b = 0; b < batch; b++)
        for (int c = 0; c < channels; c++)
        for (int i0 = 0; i0 < sizes[0]; i0++)
        for (int i1 = 0; i1 < sizes[1]; i1++)
        for (int i2 = 0; i2 < sizes[2]; i2++)
            visit(Place(layout, b, c, channels, sizes, i0, i1, i2), [i0, i1, i2]);
    }

    private static int Neighbour(Layout layout, int channels, int[] sizes, int place, int axis, int distance)
    {
        int step = layout == Layout.ChannelsFirst ? 1 : channels;
        for (int a = 2; a > axis; a--) step *= sizes[a];
        return place + distance * step;
    }

    private static double[] Channels(double[] tensor, Layout layout, int batch, int channels, int[] sizes, int first, int count)
    {
        var part = new double[tensor.Length / channels * count];
        for (int b = 0; b < batch; b++)
        for (int c = 0; c < count; c++)
        for (int i0 = 0; i0 < sizes[0]; i0++)
        for (int i1 = 0; i1 < sizes[1]; i1++)
        for (int i2 = 0; i2 < sizes[2]; i2++)
            part[Place(layout, b, c, count, sizes, i0, i1, i2)] = tensor[Place(layout, b, first + c, channels, sizes, i0, i1, i2)];
        return part;
    }

    private static float[] ToLast(float[] tensor, int batch, int channels, int[] sizes)
    {
        var last = new float[tensor.Length];
        for (int b = 0; b < batch; b++)
        for (int c = 0; c < channels; c++)
        for (int i0 = 0; i0 < sizes[0]; i0++)
        for (int i1 = 0; i1 < sizes[1]; i1++)
        for (int i2 = 0; i2 < sizes[2]; i2++)
            last[Place(Layout.ChannelsLast, b, c, channels, sizes, i0, i1, i2)] =
                tensor[Place(Layout.ChannelsFirst, b, c, channels, sizes, i0, i1, i2)];
        return last;
    }
}
