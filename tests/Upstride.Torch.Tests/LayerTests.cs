using TorchSharp;
using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace Upstride.Torch.Tests;

/// <summary>Each layer in double beside PyTorch's functions: its output, and the gradients by its input and by its parameters.</summary>
public partial class LayerTests
{
    private delegate Tensor Peer(Tensor input, Tensor[] parameters);

    private sealed record Case(Func<RandomSource, Module<double>> Create, nint[] Input, Peer Peer);

    private static readonly Dictionary<string, Case> _linear = new()
    {
        ["Conv1d"] = new(r => new Conv1d<double>(4, 6, 3, 2, 1, groups: 2, random: r), [2, 4, 9],
            (x, p) => functional.conv1d(x, p[0], p[1], 2, 1, 1, 2)),
        ["Conv2d"] = new(
            r => new Conv2d<double>(3, 5, PerAxis.Create([3, 2]), dilation: PerAxis.Create([2, 1]), random: r), [2, 3, 9, 8],
            (x, p) => functional.conv2d(x, p[0], p[1], dilation: [2, 1])),
        ["Conv3d"] = new(r => new Conv3d<double>(2, 3, 2, padding: 1, random: r), [1, 2, 3, 4, 5],
            (x, p) => functional.conv3d(x, p[0], p[1], padding: [1, 1, 1])),
        ["ConvTranspose1d"] = new(
            r => new ConvTranspose1d<double>(4, 6, 4, 3, 1, 2, groups: 2, random: r), [2, 4, 7],
            (x, p) => functional.conv_transpose1d(x, p[0], p[1], 3, 1, 2, 1, 2)),
        ["ConvTranspose2d"] = new(
            r => new ConvTranspose2d<double>(6, 2, 9, 3, 4, 2, random: r), [2, 6, 7, 5],
            (x, p) => functional.conv_transpose2d(x, p[0], p[1], [3, 3], [4, 4], [2, 2])),
        ["ConvTranspose3d"] = new(
            r => new ConvTranspose3d<double>(2, 3, 2, 2, bias: false, random: r), [1, 2, 3, 2, 4],
            (x, p) => functional.conv_transpose3d(x, p[0], null, [2, 2, 2])),
        ["ResizeConv2d"] = new(
            r => new ResizeConv2d<double>(3, 4, 3, 2, padding: 1, random: r), [2, 3, 5, 6],
            (x, p) => functional.conv2d(
                functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest), p[0], p[1], padding: [1, 1])),
        ["SubPixelConv2d"] = new(
            r => new SubPixelConv2d<double>(3, 2, 3, 3, padding: 1, random: r), [2, 3, 5, 6],
            (x, p) => functional.pixel_shuffle(functional.conv2d(x, p[0], p[1], padding: [1, 1]), 3)),
        ["Linear"] = new(r => new Linear<double>(7, 5, random: r), [3, 7], (x, p) => functional.linear(x, p[0], p[1])),
        ["Upsample"] = new(
            _ => new Upsample<double>(PerAxis.Create([2, 3]), ResizeMethod.PyTorchLinear()), [2, 3, 4, 5],
            (x, _) => functional.interpolate(x, size: [8, 15], mode: InterpolationMode.Bilinear, align_corners: false)),
        ["PixelShuffle"] = new(_ => new PixelShuffle<double>(2), [2, 12, 3, 4], (x, _) => functional.pixel_shuffle(x, 2)),
        ["LeakyReLU"] = new(_ => new LeakyReLU<double>(0.2), [3, 4, 5], (x, _) => functional.leaky_relu(x, 0.2)),
        ["ReLU"] = new(_ => new ReLU<double>(), [3, 4, 5], (x, _) => functional.relu(x)),
        ["Tanh"] = new(_ => new Tanh<double>(), [3, 4, 5], (x, _) => tanh(x)),
        ["Sigmoid"] = new(_ => new Sigmoid<double>(), [3, 4, 5], (x, _) => sigmoid(x)),
        ["ReflectionPad"] = new(_ => new ReflectionPad<double>(1, 2, 3, 0), [2, 3, 4, 5],
            (x, _) => functional.pad(x, [1, 2, 3, 0], PaddingModes.Reflect)),
        ["ReplicationPad"] = new(_ => new ReplicationPad<double>(5, 2), [2, 3, 4], (x, _) =>
            functional.pad(x, [5, 2], PaddingModes.Replicate)),
        ["CircularPad"] = new(_ => new CircularPad<double>(4, 1), [2, 3, 4], (x, _) => functional.pad(x, [4, 1], PaddingModes.Circular)),
        ["ZeroPad"] = new(_ => new ZeroPad<double>(2), [2, 3, 2, 2, 3], (x, _) => functional.pad(x, [2, 2, 2, 2, 2, 2])),
        ["Conv2d of a reflection"] = new(
            r => new Conv2d<double>(3, 4, 3, new ConvolutionOptions { Padding = 2, PaddingMode = PaddingMode.Reflect, Random = r }),
            [2, 3, 5, 6], (x, p) => functional.conv2d(functional.pad(x, [2, 2, 2, 2], PaddingModes.Reflect), p[0], p[1])),
        ["AvgPool"] = new(_ => new AvgPool<double>(3, 2, 1, ceilMode: true), [2, 3, 8, 9],
            (x, _) => functional.avg_pool2d(x, [3, 3], [2, 2], [1, 1], ceil_mode: true)),
        ["AvgPool of what is there"] = new(
            _ => new AvgPool<double>(PerAxis.Create([2, 3]), PerAxis.Create([1, 2]), 1, countIncludePad: false), [2, 3, 7, 8],
            (x, _) => functional.avg_pool2d(x, [2, 3], [1, 2], [1, 1], count_include_pad: false)),
        ["AvgPool by a divisor"] = new(_ => new AvgPool<double>(2, divisorOverride: 3), [2, 3, 7, 8],
            (x, _) => functional.avg_pool2d(x, [2, 2], divisor_override: 3)),
        ["AdaptiveAvgPool"] = new(_ => new AdaptiveAvgPool<double>(PerAxis.Create([3, 5])), [2, 3, 7, 8],
            (x, _) => functional.adaptive_avg_pool2d(x, [3, 5])),
        ["AdaptiveAvgPool to more"] = new(_ => new AdaptiveAvgPool<double>(9), [2, 3, 7, 8],
            (x, _) => functional.adaptive_avg_pool2d(x, [9, 9])),
        ["Upsample to a size"] = new(_ => Upsample<double>.ToSize(PerAxis.Create([7, 3]), ResizeMethod.PyTorchLinear()), [2, 3, 4, 5],
            (x, _) => functional.interpolate(x, size: [7, 3], mode: InterpolationMode.Bilinear, align_corners: false)),
        ["Upsample by factors"] = new(_ => Upsample<double>.ByFactors([1.7, 2.3], ResizeMethod.PyTorchLinear()), [2, 3, 4, 5],
            (x, _) => functional.interpolate(x, scale_factor: [1.7, 2.3], mode: InterpolationMode.Bilinear, align_corners: false)),
        ["Upsample by factors of the sizes"] = new(
            _ => Upsample<double>.ByFactors([1.7], ResizeMethod.PyTorchLinear(), recomputeScaleFactor: true), [2, 3, 4, 5],
            (x, _) => functional.interpolate(x, size: [6, 8], mode: InterpolationMode.Bilinear, align_corners: false)),
        ["Upsample to the nearest by factors"] = new(_ => Upsample<double>.ByFactors([1.5]), [2, 3, 5, 4],
            (x, _) => functional.interpolate(x, scale_factor: [1.5, 1.5])),
        ["Flatten"] = new(_ => new Flatten<double>(), [3, 4, 5], (x, _) => x.flatten(1)),
        ["Permute"] = new(_ => new Permute<double>(2, 0, 3, 1), [3, 4, 5, 2], (x, _) => x.permute(2, 0, 3, 1)),
        ["Dropout in use"] = new(r => InUse(new Dropout<double>(0.5, r)), [3, 4, 5], (x, _) => functional.dropout(x, 0.5, training: false)),
    };

    private static readonly Dictionary<string, Case> _others = new()
    {
        ["MaxPool"] = new(
            _ => new MaxPool<double>(3, 2, 1, ceilMode: true), [2, 3, 8, 9],
            (x, _) => functional.max_pool2d(x, [3, 3], [2, 2], [1, 1], [1, 1], ceil_mode: true)),
        ["PReLU"] = new(_ => new PReLU<double>(4), [3, 4, 5], (x, p) => functional.prelu(x, p[0])),
        ["BatchNorm"] = new(_ => new BatchNorm<double>(4), [3, 4, 5],
            (x, p) => functional.batch_norm(x, null, null, p[0], p[1], training: true)),
        ["BatchNorm in use"] = new(
            _ => InUse(new BatchNorm<double>(4)), [3, 4, 5],
            (x, p) => functional.batch_norm(x, zeros(4, ScalarType.Float64), ones(4, ScalarType.Float64), p[0], p[1], training: false)),
        ["ConstantPad"] = new(_ => new ConstantPad<double>(1.5, 1, 2, 3, 0), [2, 3, 4, 5],
            (x, _) => functional.pad(x, [1, 2, 3, 0], PaddingModes.Constant, 1.5)),
        ["AdaptiveMaxPool"] = new(_ => new AdaptiveMaxPool<double>(PerAxis.Create([3, 5])), [2, 3, 7, 8],
            (x, _) => functional.adaptive_max_pool2d(x, [3, 5])),
        ["SiLU"] = new(_ => new SiLU<double>(), [3, 4, 5], (x, _) => functional.silu(x)),
        ["GELU"] = new(_ => new GELU<double>(), [3, 4, 5], (x, _) => functional.gelu(x)),
        ["GELU by tanh"] = new(_ => new GELU<double>(approximate: true), [3, 4, 5],
            (x, _) => functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh)),
        ["ELU"] = new(_ => new ELU<double>(1.5), [3, 4, 5], (x, _) => functional.elu(x, 1.5)),
        ["Softplus"] = new(_ => new Softplus<double>(2, 0.5), [3, 4, 5], (x, _) => functional.softplus(x, 2, 0.5)),
        ["ReLU6"] = new(_ => new ReLU6<double>(), [3, 4, 5], (x, _) => functional.relu6(x)),
        ["Softmax"] = new(_ => new Softmax<double>(), [3, 4, 5], (x, _) => softmax(x, 1)),
        ["GroupNorm"] = new(_ => new GroupNorm<double>(2, 4), [3, 4, 5], (x, p) => functional.group_norm(x, 2, p[0], p[1])),
        ["GroupNorm without weights"] = new(_ => new GroupNorm<double>(4, 4, new() { Affine = false, Epsilon = 1e-3 }), [3, 4, 5],
            (x, _) => functional.group_norm(x, 4, eps: 1e-3)),
        ["LayerNorm"] = new(_ => new LayerNorm<double>([4, 5]), [3, 4, 5], (x, p) => functional.layer_norm(x, [4, 5], p[0], p[1])),
        ["LayerNorm without a bias"] = new(_ => new LayerNorm<double>([5], new() { Bias = false }), [3, 4, 5],
            (x, p) => functional.layer_norm(x, [5], p[0])),
        ["InstanceNorm of running values"] = new(
            _ => InUse(new InstanceNorm<double>(4, affine: true, trackRunningStats: true)), [3, 4, 5],
            (x, p) => functional.instance_norm(x, zeros(4, ScalarType.Float64), ones(4, ScalarType.Float64), p[0], p[1],
                use_input_stats: false)),
        ["InstanceNorm"] = new(
            _ => new InstanceNorm<double>(4, affine: true), [3, 4, 5],
            (x, p) => functional.instance_norm(x, null, null, p[0], p[1], use_input_stats: true)),
    };

    public static TheoryData<string> LinearNames => [.. _linear.Keys];

    public static TheoryData<string> OtherNames => [.. _others.Keys];

    // Each is linear in its input and in its parameters, or does to a magnitude at least what it does to the number: with magnitudes in
    // their place PyTorch gives the sums of magnitudes. No sum has more terms than the parameters, the input or the output have elements,
    // and a value of an interpolation, a hyperbolic tangent or a sigmoid has less than 64 roundings of its own.
    [Theory]
    [MemberData(nameof(LinearNames))]
    public void A_layer_without_statistics_gives_what_PyTorch_gives(string name)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        Outcome actual = Run(_linear[name]);
        double[][] expected = Compute(_linear[name], actual, static value => value), magnitudes = Compute(_linear[name], actual, Math.Abs);
        int roundings = actual.Results.Max(static result => result.Length) + 64;
        for (int i = 0; i < expected.Length; i++)
        {
            double[] sums = magnitudes[i];
            Torch.AssertNear<double>(
                expected[i], actual.Results[i], element => roundings * Torch.DoubleRounding * sums[element], $"result {i}");
        }
    }

    // All numbers are below 2, and so are what they are multiplied by: the n terms of a sum, or of a chain of three of them as in a batch's
    // mean, variance and gradient, divided by a deviation above 1/4 three times.
    [Theory]
    [MemberData(nameof(OtherNames))]
    public void A_layer_with_statistics_or_choices_gives_what_PyTorch_gives(string name)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        Outcome actual = Run(_others[name]);
        double[][] expected = Compute(_others[name], actual, static value => value);
        int count = actual.Results.Max(static result => result.Length);
        for (int i = 0; i < expected.Length; i++)
            Torch.AssertNear<double>(expected[i], actual.Results[i], _ => 3 * 4 * 64 * count * Torch.DoubleRounding, $"result {i}");
    }

    [Fact]
    public void BatchNorm_keeps_PyTorchs_running_values()
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        var layer = new BatchNorm<double>(3);
        Tensor mean = zeros(3, ScalarType.Float64), variance = ones(3, ScalarType.Float64);
        using var tape = new Tape<double>();
        for (int step = 1; step <= 5; step++)
        {
            double[] x = Torch.Random<double>(step, [2, 3, 4]);
            layer.Forward(tape.Input(x, [2, 3, 4]));
            functional.batch_norm(Torch.Of<double>(x, [2, 3, 4]), mean, variance, training: true);
            Torch.AssertNear<double>(Torch.Values(mean), layer.RunningMean.Values, _ => step * 16 * Torch.DoubleRounding, "mean");
            Torch.AssertNear<double>(
                Torch.Values(variance), layer.RunningVariance.Values, _ => step * 32 * Torch.DoubleRounding, "variance");
        }
    }

    [Fact]
    public void InstanceNorm_keeps_PyTorchs_running_values()
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        var layer = new InstanceNorm<double>(3, trackRunningStats: true);
        Tensor mean = zeros(3, ScalarType.Float64), variance = ones(3, ScalarType.Float64);
        using var tape = new Tape<double>();
        for (int step = 1; step <= 5; step++)
        {
            double[] x = Torch.Random<double>(step, [2, 3, 4]);
            layer.Forward(tape.Input(x, [2, 3, 4]));
            functional.instance_norm(Torch.Of<double>(x, [2, 3, 4]), mean, variance, use_input_stats: true);
            Torch.AssertNear<double>(Torch.Values(mean), layer.RunningMean!.Values, _ => step * 16 * Torch.DoubleRounding, "mean");
            Torch.AssertNear<double>(
                Torch.Values(variance), layer.RunningVariance!.Values, _ => step * 32 * Torch.DoubleRounding, "variance");
        }
    }

    // Places within and around the picture; each value and gradient is of four pixels with weights below 1, times the size for a place.
    [Theory]
    [InlineData(false, GridPadding.Zeros, false)]
    [InlineData(false, GridPadding.Zeros, true)]
    [InlineData(false, GridPadding.Border, false)]
    [InlineData(false, GridPadding.Reflection, false)]
    [InlineData(false, GridPadding.Reflection, true)]
    [InlineData(true, GridPadding.Zeros, false)]
    [InlineData(true, GridPadding.Border, true)]
    public void GridSample_gives_what_PyTorch_gives(bool nearest, GridPadding padding, bool alignCorners)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        double[] x = Torch.Random<double>(1, [2, 3, 5, 6]),
            places = [.. Torch.Random<double>(2, [2, 4, 3, 2]).Select(static one => 1.8 * one)],
            dy = Torch.Random<double>(3, [2, 3, 4, 3]);
        using var tape = new Tape<double>();
        Variable<double> input = tape.Input(x, [2, 3, 5, 6], requiresGradient: true),
            grid = tape.Input(places, [2, 4, 3, 2], requiresGradient: !nearest);
        Variable<double> output = Learning.Functions.GridSample(input, grid, nearest, padding, alignCorners);
        output.Backward(tape.Constant(dy, [2, 3, 4, 3]));

        Tensor peer = Torch.Of<double>(x, [2, 3, 5, 6], requiresGradient: true),
            peerGrid = Torch.Of<double>(places, [2, 4, 3, 2], !nearest);
        Tensor expected = functional.grid_sample(peer, peerGrid, nearest ? GridSampleMode.Nearest : GridSampleMode.Bilinear,
            Enum.Parse<GridSamplePaddingMode>(padding.ToString()), alignCorners);
        Tensor[] sources = nearest ? [peer] : [peer, peerGrid];
        double[][] gradients = Torch.Gradients(expected, sources, Torch.Of<double>(dy, [2, 3, 4, 3]));
        Torch.AssertNear<double>(Torch.Values(expected), output.Values, static _ => 256 * Torch.DoubleRounding, "output");
        Torch.AssertNear<double>(gradients[0], input.Gradient!.Values, static _ => 64 * 256 * Torch.DoubleRounding, "input gradient");
        if (!nearest)
            Torch.AssertNear<double>(gradients[1], grid.Gradient!.Values, static _ => 64 * 256 * Torch.DoubleRounding, "grid gradient");
    }

    [Fact]
    public void Embedding_gives_what_PyTorch_gives()
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        var layer = new Learning.Layers.Embedding<double>(5, 3, random: new(1));
        using var tape = new Tape<double>();
        int[] rows = [4, 0, 4, 2];
        Variable<double> output = layer.Forward(tape, rows, [2, 2]);
        double[] dy = Torch.Random<double>(2, [2, 2, 3]);
        output.Backward(tape.Constant(dy, [2, 2, 3]));
        Tensor table = Torch.Of<double>(layer.Weight.Values, [5, 3], requiresGradient: true);
        Tensor expected = table.index_select(0, tensor(rows.Select(static row => (long)row).ToArray())).reshape(2, 2, 3);
        Assert.Equal(Torch.Values(expected), output.Values.ToArray());
        Torch.AssertNear<double>(Torch.Gradients(expected, [table], Torch.Of<double>(dy, [2, 2, 3]))[0], layer.Weight.Gradient!.Values,
            static _ => 2 * Torch.DoubleRounding, "gradient");
    }

    [Theory]
    [InlineData(7, 9)]
    [InlineData(6, 8)]
    public void MaxUnpool_to_a_size_puts_values_where_PyTorch_puts_them(int height, int width)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        double[] x = Torch.Random<double>(1, [2, 3, height, width]);
        using var tape = new Tape<double>();
        (Variable<double> pooled,
            PoolIndices<double> indices) = new MaxPool<double>(2).ForwardWithIndices(tape.Input(x, [2, 3, height, width]));
        (Tensor values, Tensor where) = functional.max_pool2d_with_indices(Torch.Of<double>(x, [2, 3, height, width]), [2, 2]);
        Tensor back = zeros([6, height * width], ScalarType.Float64).scatter_(1, where.reshape(6, -1), values.reshape(6, -1));
        Assert.Equal(Torch.Values(back),
            Learning.Layers.MaxUnpool<double>.Forward(pooled, indices, PerAxis.Create([height, width])).Values.ToArray());
    }

    [Fact]
    public void MaxUnpool_puts_values_and_gradients_where_PyTorch_puts_them()
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        double[] x = Torch.Random<double>(1, [2, 3, 6, 8]), dy = Torch.Random<double>(2, [2, 3, 6, 8]);
        using var tape = new Tape<double>();
        Variable<double> input = tape.Input(x, [2, 3, 6, 8], requiresGradient: true);
        (Variable<double> pooled, PoolIndices<double> indices) = new MaxPool<double>(2).ForwardWithIndices(input);
        Variable<double> output = Learning.Layers.MaxUnpool<double>.Forward(pooled, indices);
        output.Backward(tape.Constant(dy, [2, 3, 6, 8]));

        Tensor peer = Torch.Of<double>(x, [2, 3, 6, 8], requiresGradient: true);
        (Tensor values, Tensor where) = functional.max_pool2d_with_indices(peer, [2, 2]);
        Tensor back = functional.max_unpool2d(values, where, [2, 2], [2, 2]);
        Assert.Equal(Torch.Values(back), output.Values.ToArray());
        Assert.Equal(Torch.Gradients(back, [peer], Torch.Of<double>(dy, [2, 3, 6, 8]))[0], input.Gradient!.Values.ToArray());
    }

    // What went in, and the output, the input's gradient and the parameters'.
    private sealed record Outcome(
        double[] Input, List<(double[] Values, nint[] Shape)> Parameters, (double[] Values, nint[] Shape) OutputGradient,
        double[][] Results);

    private static Outcome Run(Case one)
    {
        Module<double> layer = one.Create(new(3));
        using var tape = new Tape<double>();
        double[] x = Torch.Random<double>(1, one.Input);
        Variable<double> input = tape.Input(x, one.Input, requiresGradient: true), output = layer.Forward(input);
        nint[] shape = [.. output.Shape];
        double[] dy = Torch.Random<double>(2, shape);
        double[] result = output.Values.ToArray();
        output.Backward(tape.Constant(dy, shape));
        return new(
            x, [.. layer.Parameters().Select(static parameter => (parameter.Values.ToArray(), parameter.Shape.ToArray()))], (dy, shape),
            [result, input.Gradient!.Values.ToArray(),
                .. layer.Parameters().Select(static parameter => parameter.Gradient!.Values.ToArray())]);
    }

    private static double[][] Compute(Case one, Outcome given, Converter<double, double> map)
    {
        Tensor Of(double[] values, nint[] shape, bool requiresGradient) =>
            Torch.Of<double>(Array.ConvertAll(values, map), shape, requiresGradient);
        Tensor x = Of(given.Input, one.Input, true);
        Tensor[] parameters = [.. given.Parameters.Select(parameter => Of(parameter.Values, parameter.Shape, true))];
        Tensor y = one.Peer(x, parameters);
        return [Torch.Values(y),
            .. Torch.Gradients(y, [x, .. parameters], Of(given.OutputGradient.Values, given.OutputGradient.Shape, false))];
    }

    private static Module<double> InUse(Module<double> module)
    {
        module.Eval();
        return module;
    }
}
