using Upstride.Geometry;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

public class LayerTests
{
    private static readonly Dictionary<string, (Func<RandomSource, Module<double>> Create, nint[] Input, nint[] Output,
        string[] Names)> _layers = new()
    {
        ["ConvTranspose1d"] = (r => new ConvTranspose1d<double>(2, 4, 3, stride: 2, groups: 2, random: r), [1, 2, 3], [1, 4, 7],
            ["weight [2, 2, 3]", "bias [4]"]),
        ["ConvTranspose2d"] = (r => new ConvTranspose2d<double>(2, 1, kernelSize: 9, stride: 3, padding: 4, outputPadding: 2, random: r),
            [1, 2, 2, 3], [1, 1, 6, 9], ["weight [2, 1, 9, 9]", "bias [1]"]),
        ["ConvTranspose3d"] = (r => new ConvTranspose3d<double>(1, 2, 2, 2, bias: false, random: r), [1, 1, 2, 1, 2], [1, 2, 4, 2, 4],
            ["weight [1, 2, 2, 2, 2]"]),
        ["Conv1d"] = (r => new Conv1d<double>(2, 3, 3, 2, 1, random: r), [2, 2, 5], [2, 3, 3], ["weight [3, 2, 3]", "bias [3]"]),
        ["Conv2d"] = (r => new Conv2d<double>(4, 2, PerAxis.Create([3, 1]), dilation: 2, groups: 2, random: r), [1, 4, 5, 2], [1, 2, 1, 2],
            ["weight [2, 2, 3, 1]", "bias [2]"]),
        ["Conv3d"] = (r => new Conv3d<double>(1, 1, 2, random: r), [1, 1, 2, 3, 2], [1, 1, 1, 2, 1],
            ["weight [1, 1, 2, 2, 2]", "bias [1]"]),
        ["ResizeConv2d"] = (r => new ResizeConv2d<double>(2, 3, 3, 2, padding: 1, random: r), [1, 2, 2, 3], [1, 3, 4, 6],
            ["weight [3, 2, 3, 3]", "bias [3]"]),
        ["SubPixelConv2d"] = (r => new SubPixelConv2d<double>(2, 3, 3, 2, padding: 1, random: r), [1, 2, 2, 3], [1, 3, 4, 6],
            ["weight [12, 2, 3, 3]", "bias [12]"]),
        ["Linear"] = (r => new Linear<double>(3, 4, random: r), [2, 3], [2, 4], ["weight [4, 3]", "bias [4]"]),
        ["BatchNorm"] = (_ => new BatchNorm<double>(2), [2, 2, 3], [2, 2, 3],
            ["weight [2]", "bias [2]", "running_mean [2]", "running_var [2]"]),
        ["InstanceNorm"] = (_ => new InstanceNorm<double>(2, affine: true), [2, 2, 3], [2, 2, 3], ["weight [2]", "bias [2]"]),
        ["PReLU"] = (_ => new PReLU<double>(2), [2, 2, 3], [2, 2, 3], ["weight [2]"]),
        ["ReLU"] = (_ => new ReLU<double>(), [2, 3], [2, 3], []),
        ["LeakyReLU"] = (_ => new LeakyReLU<double>(0.2), [2, 3], [2, 3], []),
        ["Tanh"] = (_ => new Tanh<double>(), [2, 3], [2, 3], []),
        ["Sigmoid"] = (_ => new Sigmoid<double>(), [2, 3], [2, 3], []),
        ["MaxPool"] = (_ => new MaxPool<double>(2), [1, 2, 4, 5], [1, 2, 2, 2], []),
        ["Upsample"] = (_ => new Upsample<double>(PerAxis.Create([2, 3]), ResizeMethod.PyTorchLinear()), [1, 1, 2, 2], [1, 1, 4, 6], []),
        ["PixelShuffle"] = (_ => new PixelShuffle<double>(2), [1, 4, 1, 2], [1, 1, 2, 4], []),
        ["Sequential"] = (
            r => new Sequential<double>(new Conv2d<double>(1, 2, 1, random: r),
                new Sequential<double>(new Tanh<double>(), new BatchNorm<double>(2, affine: false))), [1, 1, 2, 2], [1, 2, 2, 2],
            ["0.weight [2, 1, 1, 1]", "0.bias [2]", "1.1.running_mean [2]", "1.1.running_var [2]"]),
    };

    [Fact]
    public void Options_make_the_layer_that_the_same_positional_arguments_make()
    {
        static float[] Weights(Module<float> layer) => [.. layer.Parameters().SelectMany(static one => one.Values.ToArray())];
        var options = new ConvTransposeOptions
        {
            Stride = 2, Padding = 1, OutputPadding = 1, Dilation = 1, Groups = 2, Bias = false, Random = new RandomSource(7),
        };
        var transposed = new ConvTranspose2d<float>(4, 6, 3, options);
        Assert.Equal(Weights(new ConvTranspose2d<float>(4, 6, 3, 2, 1, 1, 2, false, 1, random: new RandomSource(7))), Weights(transposed));
        Assert.Equal("2 1 1 2 1",
            $"{transposed.Stride} {transposed.Padding} {transposed.OutputPadding} {transposed.Groups} {transposed.Dilation}");
        ConvolutionOptions same = options with { Random = new RandomSource(7) };
        Assert.Equal(
            Weights(new Conv2d<float>(4, 6, 3, 2, 1, 1, 2, false, random: new RandomSource(7))), Weights(new Conv2d<float>(4, 6, 3, same)));
        Assert.Throws<ArgumentNullException>("options", static () => new Conv1d<float>(1, 1, 1, (ConvolutionOptions)null!));
    }

    public static TheoryData<string> Names => [.. _layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Shapes_and_names_are_those_of_PyTorch(string name)
    {
        var (create, input, output, names) = _layers[name];
        Module<double> layer = create(new(3));
        using var tape = new Tape<double>();
        Assert.Equal(output, layer.Forward(GradientCheck.Distinct(input, 1).On(tape)).Shape);
        Assert.Equal(names,
            layer.NamedParameters().Concat(layer.NamedBuffers())
            .Select(static one => $"{one.Name} [{string.Join(", ", one.Parameter.Shape)}]"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_by_input_and_parameters_are_those_of_finite_differences(string name)
    {
        var (create, input, _, _) = _layers[name];
        Module<double> layer = create(new(3));
        GradientCheck.Run(v => layer.Forward(v[0]), [GradientCheck.Distinct(input, 1), .. layer.Parameters().Select(Leaf.Of)]);
    }

    [Fact]
    public void Groups_that_do_not_divide_the_channels_are_refused_with_the_numbers()
    {
        Assert.Equal(
            "inputChannels % groups = 6 % 4 = 2, and must be 0: choose groups to divide both channel counts",
            Assert.Throws<GeometryException>(static () => new ConvTranspose2d<float>(6, 8, 3, groups: 4)).Message);
        Assert.Equal(
            "outputChannels % groups = 9 % 4 = 1, and must be 0: choose groups to divide both channel counts",
            Assert.Throws<GeometryException>(static () => new Conv1d<float>(8, 9, 3, groups: 4)).Message);
    }

    [Fact]
    public void An_input_of_other_channels_is_refused_with_the_numbers()
    {
        using var tape = new Tape<float>();
        Variable<float> input = tape.Constant(new float[24], [1, 2, 3, 4]);
        Assert.Equal(
            "weight has 3 input channels and input has 2, and both must be equal: change one of them",
            Assert.Throws<GeometryException>(() => new ConvTranspose2d<float>(3, 1, 2, random: new(1)).Forward(input)).Message);
        Assert.Equal(
            "input has 2 channels and the layer has 3, and both must be equal: change one of them",
            Assert.Throws<GeometryException>(() => new BatchNorm<float>(3).Forward(input)).Message);
        Assert.Equal(
            "input has shape [1, 2, 3, 4] of rank 4, and the rank must be 3",
            Assert.Throws<GeometryException>(() => new Conv1d<float>(2, 1, 2, random: new(1)).Forward(input)).Message);
        Assert.Equal(
            "input has shape [1, 2, 3, 4] and weight has [5, 3]: input's last axis must have weight's 3 columns: change one of them",
            Assert.Throws<GeometryException>(() => new Linear<float>(3, 5, random: new(1)).Forward(input)).Message);
    }

    [Fact]
    public void Weights_that_nobody_gave_are_refused_until_they_are_given()
    {
        using var tape = new Tape<float>();
        var layer = new Conv2d<float>(1, 1, 1);
        Variable<float> input = tape.Constant([3], [1, 1, 1, 1]);
        Assert.Equal(
            "the weights [1, 1, 1, 1] of this layer were never set: give the constructor a random source, call Initialize, load them, or "
                + "write Weight.Values",
            Assert.Throws<InvalidOperationException>(() => layer.Forward(input)).Message);
        layer.Weight.Values[0] = 2;
        Assert.Equal(6, layer.Forward(input).Value);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_by_the_constructors_and_by_Initialize()
    {
        var random = new RandomSource(5);
        var one = new Sequential<float>(new Conv2d<float>(1, 3, 3, random: random), new Linear<float>(3, 2, random: random));
        var other = new Sequential<float>(new Conv2d<float>(1, 3, 3), new Linear<float>(3, 2));
        other.Initialize(new RandomSource(5));
        Assert.Equal(one.Parameters().SelectMany(static parameter => parameter.Values.ToArray()),
            other.Parameters().SelectMany(static parameter => parameter.Values.ToArray()));
    }

    [Fact]
    public void ConvTranspose_takes_an_output_size()
    {
        using var tape = new Tape<float>();
        var layer = new ConvTranspose2d<float>(1, 1, 3, stride: 2, padding: 1, random: new(1));
        Variable<float> input = tape.Constant(new float[4], [1, 1, 2, 2]);
        Assert.Equal([1, 1, 3, 3], layer.Forward(input).Shape);
        Assert.Equal([1, 1, 4, 3], layer.Forward(input, PerAxis.Create([4, 3])).Shape);
        Assert.Contains("outputSize = 5 must lie in", Assert.Throws<GeometryException>(() => layer.Forward(input, 5)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ResizeConv2d_is_the_enlargement_and_then_the_convolution()
    {
        using var tape = new Tape<double>();
        var layer = new ResizeConv2d<double>(2, 4, 3, 2, padding: 1, groups: 2, random: new(1));
        Variable<double> input = GradientCheck.Random([2, 2, 3, 4], 1).On(tape);
        Variable<double> slow =
            Functions.Convolution(Functions.Resize(input, PerAxis.Create([6, 8]), ResizeMethod.PyTorchNearest), layer.Weight, layer.Bias,
            padding: 1, groups: 2);
        AssertNear(slow.Values, layer.Forward(input).Values, 1e-14);
    }

    [Fact]
    public void BatchNorm_normalises_by_the_batch_while_learning_and_by_the_running_values_in_use()
    {
        // Channel 0 holds 1, 2, 3, 6: mean 3, variance 3.5, of the population 14/3. Channel 1 holds 0, 0, 4, 4: mean 2, variance 4, 16/3.
        using var tape = new Tape<double>();
        var layer = new BatchNorm<double>(2, epsilon: 0.5);
        Variable<double> input = tape.Constant([1, 2, 0, 0, 3, 6, 4, 4], [2, 2, 2]);
        AssertNear([-1, -0.5, -2 / Math.Sqrt(4.5), -2 / Math.Sqrt(4.5), 0, 1.5, 2 / Math.Sqrt(4.5), 2 / Math.Sqrt(4.5)],
            layer.Forward(input).Values, 1e-15);
        AssertNear([0.3, 0.2], layer.RunningMean.Values, 1e-15);
        AssertNear([0.9 + 0.1 * 14 / 3, 0.9 + 0.1 * 16 / 3], layer.RunningVariance.Values, 1e-15);
        layer.Eval();
        layer.RunningMean.Values[0] = 1;
        layer.RunningVariance.Values[0] = 3.5;
        layer.Weight!.Values[0] = 3;
        layer.Bias!.Values[0] = 10;
        AssertNear([10, 11.5], layer.Forward(input).Values[..2], 1e-14);
        Assert.Equal(1, layer.RunningMean.Values[0]);
    }

    [Fact]
    public void BatchNorm_of_a_single_element_is_refused()
    {
        using var tape = new Tape<float>();
        Assert.Equal(
            "value has shape [1, 3], so that a mean and a variance would be of 1 element, and must be of at least 2: give a larger batch "
                + "or larger planes",
            Assert.Throws<GeometryException>(() => new BatchNorm<float>(3).Forward(tape.Constant(new float[3], [1, 3]))).Message);
    }

    [Fact]
    public void Dropout_drops_about_its_share_keeps_the_mean_and_does_nothing_in_use()
    {
        using var tape = new Tape<double>();
        var layer = new Dropout<double>(0.25, new RandomSource(1));
        double[] ones = new double[40000];
        Array.Fill(ones, 1);
        Variable<double> input = tape.Input(ones, [40000], requiresGradient: true);
        Variable<double> output = layer.Forward(input);
        double[] values = output.Values.ToArray();
        Assert.Equal([0, 1 / 0.75], values.Distinct().Order());

        // Five standard deviations of a binomial distribution.
        Assert.InRange(values.Count(static value => value == 0), 10000 - 5 * Math.Sqrt(40000 * 0.25 * 0.75),
            10000 + 5 * Math.Sqrt(40000 * 0.25 * 0.75));
        Functions.Sum(output).Backward();
        Assert.Equal(values, input.Gradient!.Values.ToArray());
        layer.Eval();
        Assert.Same(input, layer.Forward(input));
    }

    [Fact]
    public void A_gradient_goes_through_pooling_and_unpooling_to_where_the_maxima_stood()
    {
        using var tape = new Tape<float>();
        Variable<float> input = tape.Input([1, 5, 2, 3], [1, 1, 4], requiresGradient: true);
        (Variable<float> pooled, PoolIndices<float> indices) = new MaxPool<float>(2).ForwardWithIndices(input);
        Assert.Equal([5, 3], pooled.Values.ToArray());
        Assert.Equal([1, 3], indices.Values.ToArray());
        Variable<float> unpooled = MaxUnpool<float>.Forward(pooled * 2, indices);
        Assert.Equal([0, 10, 0, 6], unpooled.Values.ToArray());
        Functions.Sum(unpooled).Backward();
        Assert.Equal([0, 2, 0, 2], input.Gradient!.Values.ToArray());
    }

    [Fact]
    public void A_name_is_given_once_and_has_no_dot()
    {
        var network = new Sequential<float>(new ReLU<float>());
        Assert.Equal("name = \"0\" is taken in this module: choose another (Parameter 'name')",
            Assert.Throws<ArgumentException>(() => network.Add("0", new ReLU<float>())).Message);
        Assert.StartsWith("name = \"a.b\", and must be neither empty nor have a dot",
            Assert.Throws<ArgumentException>(() => network.Add("a.b", new ReLU<float>())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_and_Eval_reach_all_modules_and_a_shared_parameter_is_listed_once()
    {
        var shared = new BatchNorm<float>(1);
        var network = new Sequential<float>(shared, new Sequential<float>(shared));
        network.Eval();
        Assert.False(shared.IsTraining);
        network.Train();
        Assert.True(shared.IsTraining);
        Assert.Equal(["0.weight", "0.bias"], network.NamedParameters().Select(static one => one.Name));
    }

    private static void AssertNear(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"element {i} is {actual[i]}, and must be {expected[i]}");
    }
}
