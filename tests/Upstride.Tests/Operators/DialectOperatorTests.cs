using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

/// <summary>
/// Each framework's operator, values and all: its order of weights and of channels. Two input and three output channels over unequal axes.
/// </summary>
public sealed class DialectOperatorTests
{
    private const int Batch = 2, Inputs = 2, Outputs = 3;
    private static readonly int[] s_input = [3, 4], s_kernel = [3, 2];

    private readonly int[] _x = OperatorProperty.Integers<int>(Batch * Inputs * 12, seed: 1);
    private readonly int[] _w = OperatorProperty.Integers<int>(Inputs * Outputs * 6, seed: 2);
    private readonly int[] _bias = OperatorProperty.Integers<int>(Outputs, seed: 3);

    [Fact]
    public void PyTorch_stores_input_output_kernel()
    {
        Tensor<int> y =
            ConvTranspose.Forward<int>(ChannelsFirst(), Weight([Inputs, Outputs, 3, 2]), Bias(), stride: [2, 1], padding: [1, 0],
            outputPadding: [1, 0]);
        Same([Batch, Outputs, 6, 5],
            Definition(stride: [2, 1], head: [1, 0], output: [6, 5], (ci, co, t) => (ci * Outputs + co) * 6 + t, _bias), y);
    }

    [Fact]
    public void Onnx_stores_input_output_kernel_and_splits_a_given_output()
    {
        // full = 7 x 5, so 3 and 1 elements are too many: the larger half goes at the start.
        Tensor<int> y =
            ConvTranspose.Onnx<int>(ChannelsFirst(), Weight([Inputs, Outputs, 3, 2]), Bias(), strides: [2, 1], outputShape: [4, 4]);
        Same([Batch, Outputs, 4, 4], Definition([2, 1], [2, 1], [4, 4], (ci, co, t) => (ci * Outputs + co) * 6 + t, _bias), y);
    }

    [Theory]
    [InlineData(Layout.ChannelsLast)]
    [InlineData(Layout.ChannelsFirst)]
    public void TensorFlow_stores_kernel_output_input(Layout layout)
    {
        // SAME: full = 7 x 5 and 6 x 4 is asked for, so that nothing is cropped at the start.
        nint[] shape = layout == Layout.ChannelsLast ? [Batch, 6, 4, Outputs] : [Batch, Outputs, 6, 4];
        Tensor<int> y =
            ConvTranspose.TensorFlow<int>(Input(layout), Weight([3, 2, Outputs, Inputs]), shape, strides: [2, 1], Padding.Same,
            layout: layout);
        Same(shape, Definition([2, 1], [0, 0], [6, 4], static (ci, co, t) => (t * Outputs + co) * Inputs + ci, bias: null), y, layout);
    }

    [Fact]
    public void Keras_stores_kernel_output_input_and_has_a_bias()
    {
        Tensor<int> y = ConvTranspose.Keras<int>(Input(Layout.ChannelsLast), Weight([3, 2, Outputs, Inputs]), Bias(), strides: [2, 1]);
        Same([Batch, 7, 5, Outputs], Definition([2, 1], [0, 0], [7, 5], static (ci, co, t) => (t * Outputs + co) * Inputs + ci, _bias), y,
            Layout.ChannelsLast);
    }

    [Fact]
    public void Jax_stores_kernel_input_output_flipped()
    {
        Tensor<int> y = ConvTranspose.Jax<int>(Input(Layout.ChannelsLast), Weight([3, 2, Inputs, Outputs]), strides: [2, 1], Padding.Valid);
        Same([Batch, 7, 5, Outputs],
            Definition([2, 1], [0, 0], [7, 5], static (ci, co, t) => ((5 - t) * Inputs + ci) * Outputs + co, bias: null), y,
            Layout.ChannelsLast);

        Tensor<int> transposed =
            ConvTranspose.Jax<int>(Input(Layout.ChannelsLast), Weight([3, 2, Outputs, Inputs]), strides: [2, 1], Padding.Valid,
            transposeKernel: true);
        Same([Batch, 7, 5, Outputs], Definition([2, 1], [0, 0], [7, 5], static (ci, co, t) => (t * Outputs + co) * Inputs + ci, bias: null),
            transposed, Layout.ChannelsLast);
    }

    [Fact]
    public void Tensors_of_any_strides_go_in_and_out()
    {
        using Plan<int> plan =
            ConvTransposePlan.Create<int>(ConvTransposeGeometry.PyTorch([Batch, Inputs, 3, 4], [Inputs, Outputs, 3, 2], stride: [2, 1]), _w,
            _bias);
        int[] expected = Definition([2, 1], [0, 0], [7, 5], (ci, co, t) => (ci * Outputs + co) * 6 + t, _bias);

        // The input with its channels last, seen through strides; the destination with a column of other data beside each row.
        int[] last = OperatorProperty.MoveChannels<int>(_x, Batch, Inputs, toLast: true);
        var input = new ReadOnlyTensorSpan<int>(last, [Batch, Inputs, 3, 4], [24, 1, 8, 2]);
        int[] memory = [.. Enumerable.Repeat(-777, Batch * Outputs * 7 * 6)];
        plan.Run(input, new TensorSpan<int>(memory, [Batch, Outputs, 7, 5], [Outputs * 42, 42, 6, 1]));
        for (int row = 0; row < Batch * Outputs * 7; row++)
        {
            Assert.Equal(expected[(row * 5)..(row * 5 + 5)], memory[(row * 6)..(row * 6 + 5)]);
            Assert.Equal(-777, memory[row * 6 + 5]);
        }
        Same([Batch, Outputs, 7, 5], expected, plan.Run(input));
    }

    [Fact]
    public void Gradients_over_strided_tensors_are_those_over_spans()
    {
        // The output gradient is seen through strides from memory with its channels last.
        var geometry = ConvTransposeGeometry.PyTorch([Batch, Inputs, 3, 4], [Inputs, Outputs, 3, 2], stride: [2, 1]);
        int[] dy = OperatorProperty.Integers<int>(geometry.OutputLength, seed: 7),
            last = OperatorProperty.MoveChannels<int>(dy, Batch, Outputs, toLast: true);
        var outputGradient = new ReadOnlyTensorSpan<int>(last, [Batch, Outputs, 7, 5], [105, 1, 15, 3]);
        int[] byInput = new int[_x.Length], byWeight = new int[_w.Length], byBias = new int[Outputs];
        ConvTranspose.InputGradient<int>(geometry, dy, _w, byInput);
        ConvTranspose.WeightGradient<int>(geometry, _x, dy, byWeight);
        ConvTranspose.BiasGradient<int>(geometry, dy, byBias);
        Assert.Equal(byInput, Elements(ConvTranspose.InputGradient<int>(geometry, outputGradient, Weight([Inputs, Outputs, 3, 2]))));
        Assert.Equal(byWeight, Elements(ConvTranspose.WeightGradient<int>(geometry, ChannelsFirst(), outputGradient)));
        Assert.Equal(byBias, Elements(ConvTranspose.BiasGradient<int>(geometry, outputGradient)));

        // The convolution from there to here: what is its input is the other's output.
        ConvolutionGeometry convolution = geometry.Adjoint;
        Assert.Equal(Elements(ConvTranspose.Forward<int>(ChannelsFirst(), Weight([Inputs, Outputs, 3, 2]), stride: [2, 1])),
            Elements(Convolution.InputGradient<int>(convolution, ChannelsFirst(), Weight([Inputs, Outputs, 3, 2]))));
        Assert.Equal(byWeight, Elements(Convolution.WeightGradient<int>(convolution, outputGradient, ChannelsFirst())));
        int[] sums = new int[Inputs];
        for (int i = 0; i < _x.Length; i++) sums[i / 12 % Inputs] += _x[i];
        Assert.Equal(sums, Elements(Convolution.BiasGradient<int>(convolution, ChannelsFirst())));
    }

    [Fact]
    public void Overlapping_memory_is_refused()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 1, 4], [1, 1, 2]);
        float[] memory = new float[20];
        void Refused(string shared, Action act)
        {
            ArgumentException refusal = Assert.Throws<ArgumentException>(act);
            Assert.Equal("destination", refusal.ParamName);
            Assert.Contains(shared, refusal.Message, StringComparison.Ordinal);
        }

        Refused("input", () => ConvTranspose.Forward<float>(geometry, memory.AsSpan(0, 4), new float[2], default, memory.AsSpan(3, 5)));
        Refused("weight", () => ConvTranspose.Forward<float>(geometry, new float[4], memory.AsSpan(0, 2), default, memory.AsSpan(1, 5)));
        Refused("bias", () => ConvTranspose.Forward<float>(geometry, new float[4], new float[2], memory.AsSpan(7, 1), memory.AsSpan(3, 5)));
        Refused("outputGradient",
            () => ConvTranspose.InputGradient<float>(geometry, memory.AsSpan(0, 5), new float[2], memory.AsSpan(4, 4)));
        Refused("outputGradient",
            () => ConvTranspose.WeightGradient<float>(geometry, new float[4], memory.AsSpan(0, 5), memory.AsSpan(4, 2)));
        Refused("outputGradient", () => ConvTranspose.BiasGradient<float>(geometry, memory.AsSpan(0, 5), memory.AsSpan(4, 1)));
        Refused("input",
            () => Convolution.Forward<float>(ConvolutionGeometry.Create([1, 1, 4], [1, 1, 2]), memory.AsSpan(0, 4), new float[2], default,
            memory.AsSpan(3, 3)));
        ConvTranspose.Forward<float>(geometry, memory.AsSpan(0, 4), new float[2], default, memory.AsSpan(4, 5));
    }

    [Fact]
    public void A_convolutions_errors_call_its_tensors_by_its_own_names()
    {
        var geometry = ConvolutionGeometry.Create([1, 1, 4], [1, 1, 2]);
        string Wrong(Action act) => Assert.Throws<GeometryException>(act).Error.Parameter;
        Assert.Equal("input", Wrong(() => Convolution.Forward<float>(geometry, new float[5], new float[2], default, new float[3])));
        Assert.Equal("outputGradient", Wrong(() => Convolution.InputGradient<float>(geometry, new float[5], new float[2], new float[4])));
        Assert.Equal("input", Wrong(() => Convolution.WeightGradient<float>(geometry, new float[5], new float[3], new float[2])));
        Assert.Equal("outputGradient", Wrong(() => Convolution.WeightGradient<float>(geometry, new float[4], new float[5], new float[2])));
    }

    [Fact]
    public void An_empty_batch_gives_an_empty_output_and_no_gradient()
    {
        var geometry = ConvTransposeGeometry.PyTorch([0, 2, 4, 4], [2, 3, 3, 3], stride: 2);
        Assert.Equal([0, 3, 9, 9],
            ConvTranspose.Forward<float>(Tensor.CreateFromShape<float>([0, 2, 4, 4]), Tensor.CreateFromShape<float>([2, 3, 3, 3]),
            stride: 2).Lengths);
        float[] weightGradient = [.. Enumerable.Repeat(float.NaN, geometry.WeightLength)], biasGradient = [float.NaN, float.NaN, float.NaN];
        ConvTranspose.WeightGradient<float>(geometry, [], [], weightGradient);
        ConvTranspose.BiasGradient<float>(geometry, [], biasGradient);
        Assert.All(weightGradient, static value => Assert.Equal(0, value));
        Assert.All(biasGradient, static value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    public void A_resize_convolution_is_the_enlargement_and_then_the_convolution(int axes, int groups)
    {
        nint[] input = [Batch, 2, .. new nint[] { 3, 4, 2 }[..axes]], kernel = [4, 2 / groups, .. new nint[] { 3, 2, 3 }[..axes]];
        PerAxis scale = PerAxis.Create(((int[])[2, 3, 2])[..axes]), padding = PerAxis.Create(((int[])[1, 0, 2])[..axes]);
        Tensor<float> x = Random(input, seed: 4), w = Random(kernel, seed: 5), bias = Random([4], seed: 6);
        Tensor<float> enlarged =
            Resize.Forward<float>(x,
            ResizeGeometry.ByScale(input, [.. scale.Values.Select(static factor => (float)factor)], ResizeMethod.PyTorchNearest));
        Tensor<float> expected = Convolution.Forward<float>(enlarged, w, bias, padding: padding, groups: groups);
        Tensor<float> fused = ResizeConvolution.Forward<float>(x, w, scale, bias, padding, groups);
        Assert.Equal(expected.Lengths, fused.Lengths);
        Assert.Equal(Elements(expected), Elements(fused));
    }

    private Tensor<int> ChannelsFirst() => Input(Layout.ChannelsFirst);

    private Tensor<int> Input(Layout layout) => layout == Layout.ChannelsFirst
        ? Tensor.Create(_x, [Batch, Inputs, 3, 4])
        : Tensor.Create(OperatorProperty.MoveChannels<int>(_x, Batch, Inputs, toLast: true), [Batch, 3, 4, Inputs]);

    private Tensor<int> Weight(ReadOnlySpan<nint> shape) => Tensor.Create(_w, shape);

    private Tensor<int> Bias() => Tensor.Create(_bias, [Outputs]);

    private static Tensor<float> Random(ReadOnlySpan<nint> shape, int seed)
    {
        int length = 1;
        foreach (nint size in shape) length *= (int)size;
        return Tensor.Create(OperatorProperty.Integers<float>(length, seed), shape);
    }

    /// <summary>y[n, co, o] = bias[co] + the sum of x[n, ci, i] * w[place(ci, co, t)] over i, t with i*s + t = o + head.</summary>
    private int[] Definition(int[] stride, int[] head, int[] output, Func<int, int, int, int> place, int[]? bias)
    {
        var y = new int[Batch * Outputs * output[0] * output[1]];
        for (int n = 0; n < Batch; n++)
        for (int co = 0; co < Outputs; co++)
        for (int row = 0; row < output[0]; row++)
        for (int column = 0; column < output[1]; column++)
        {
            int sum = bias?[co] ?? 0;
            for (int ci = 0; ci < Inputs; ci++)
            for (int i = 0; i < s_input[0]; i++)
            for (int j = 0; j < s_input[1]; j++)
            {
                int t = row + head[0] - i * stride[0], u = column + head[1] - j * stride[1];
                if (t < 0 || t >= s_kernel[0] || u < 0 || u >= s_kernel[1]) continue;
                sum += _x[((n * Inputs + ci) * s_input[0] + i) * s_input[1] + j] * _w[place(ci, co, t * s_kernel[1] + u)];
            }
            y[((n * Outputs + co) * output[0] + row) * output[1] + column] = sum;
        }
        return y;
    }

    private static void Same(ReadOnlySpan<nint> shape, int[] expected, Tensor<int> actual, Layout layout = Layout.ChannelsFirst)
    {
        Assert.Equal(shape, actual.Lengths);
        Assert.Equal(layout == Layout.ChannelsFirst ? expected : OperatorProperty.MoveChannels<int>(expected, Batch, Outputs, toLast: true),
            Elements(actual));
    }

    private static T[] Elements<T>(Tensor<T> tensor)
    {
        var elements = new T[tensor.FlattenedLength];
        tensor.FlattenTo(elements);
        return elements;
    }
}
