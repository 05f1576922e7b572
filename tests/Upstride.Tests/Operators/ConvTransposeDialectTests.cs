using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

/// <summary>The frameworks' operators: same shape, other values, and each framework's order of weights and axes.</summary>
public sealed class ConvTransposeDialectTests
{
    private static readonly ComputeSettings s_exact = new() { Algorithm = "phases" };

    private static ReadOnlyTensorSpan<float> X => new([1, 2, 3], [1, 1, 3]);

    private static ReadOnlyTensorSpan<float> XLast => new([1, 2, 3], [1, 3, 1]);

    private static ReadOnlyTensorSpan<float> W => new([1, 10, 100], [1, 1, 3]);

    private static ReadOnlyTensorSpan<float> KernelFirst => new([1, 10, 100], [3, 1, 1]);

    [Fact]
    public void Uncropped_everybody_gives_all_seven()
    {
        float[] full = [1, 10, 102, 20, 203, 30, 300];
        Equal([1, 1, 7], full, ConvTranspose.Forward(X, W, stride: 2, settings: s_exact));
        Equal([1, 1, 7], full, ConvTranspose.Onnx(X, W, strides: 2, settings: s_exact));
        Equal([1, 7, 1], full, ConvTranspose.Keras(XLast, KernelFirst, strides: 2, settings: s_exact));
        Equal([1, 7, 1], full, ConvTranspose.TensorFlow(XLast, KernelFirst, [1, 7, 1], 2, Padding.Valid, settings: s_exact));
        Equal([1, 7, 1], full, ConvTranspose.Jax(XLast, KernelFirst, 2, Padding.Valid, transposeKernel: true, settings: s_exact));
    }

    [Fact]
    public void Same_crops_the_end_in_TensorFlow_Keras_JAX_and_ONNX_SAME_UPPER()
    {
        float[] same = [1, 10, 102, 20, 203, 30];
        Equal([1, 6, 1], same, ConvTranspose.TensorFlow(XLast, KernelFirst, [1, 6, 1], 2, Padding.Same, settings: s_exact));
        Equal([1, 6, 1], same, ConvTranspose.Keras(XLast, KernelFirst, strides: 2, padding: Padding.Same, settings: s_exact));
        Equal([1, 6, 1], same, ConvTranspose.Jax(XLast, KernelFirst, 2, Padding.Same, transposeKernel: true, settings: s_exact));
        Equal([1, 1, 6], same, ConvTranspose.Onnx(X, W, autoPad: OnnxAutoPad.SameUpper, strides: 2, settings: s_exact));
    }

    [Fact]
    public void PyTorch_with_padding_and_ONNX_SAME_LOWER_crop_the_start()
    {
        float[] shifted = [10, 102, 20, 203, 30, 300];
        Equal([1, 1, 6], shifted, ConvTranspose.Forward(X, W, stride: 2, padding: 1, outputPadding: 1, settings: s_exact));
        Equal([1, 1, 6], shifted, ConvTranspose.Forward(X, W, stride: 2, padding: 1, outputSize: 6, settings: s_exact));
        Equal([1, 1, 6], shifted, ConvTranspose.Onnx(X, W, autoPad: OnnxAutoPad.SameLower, strides: 2, settings: s_exact));
        Equal([1, 1, 6], shifted, ConvTranspose.Onnx(X, W, pads: [1, 1], strides: 2, outputPadding: 1, settings: s_exact));
        Equal([1, 1, 6], shifted, ConvTranspose.Onnx(X, W, strides: 2, outputShape: [6], settings: s_exact));
    }

    [Fact]
    public void JAX_does_not_flip_unless_it_is_told_to_transpose_the_kernel()
    {
        Equal([1, 7, 1], [100, 10, 201, 20, 302, 30, 3], ConvTranspose.Jax(XLast, KernelFirst, 2, Padding.Valid, settings: s_exact));
        Equal([1, 6, 1], [100, 10, 201, 20, 302, 30], ConvTranspose.Jax(XLast, KernelFirst, 2, Padding.Same, settings: s_exact));

        // Explicit amounts pad the stretched input, 1 0 2 0 3.
        Equal([1, 3, 1], [201, 20, 302], ConvTranspose.Jax(XLast, KernelFirst, 2, Padding.Explicit((0, 0)), settings: s_exact));
    }

    [Fact]
    public void What_is_longer_than_the_full_output_holds_the_bias_alone()
    {
        float[] bias = [7];
        Equal([1, 1, 9], [8, 17, 109, 27, 210, 37, 307, 7, 7],
            ConvTranspose.Onnx(X, W, new ReadOnlyTensorSpan<float>(bias, [1]), strides: 2, outputShape: [9], settings: s_exact));
        Equal([1, 1, 8], [8, 17, 109, 27, 210, 37, 307, 7],
            ConvTranspose.Forward(X, W, new ReadOnlyTensorSpan<float>(bias, [1]), stride: 2, outputPadding: 1, settings: s_exact));
        var two = new ReadOnlyTensorSpan<float>([1, 10], [2, 1, 1]);
        Equal([1, 9, 1], [8, 17, 7, 9, 27, 7, 10, 37, 7],
            ConvTranspose.Keras(XLast, two, new ReadOnlyTensorSpan<float>(bias, [1]), strides: 3, padding: Padding.Valid,
            settings: s_exact));
    }

    [Fact]
    public void Channels_stand_where_each_framework_has_them()
    {
        // Two channels in, three out, in every framework the same numbers in its own order.
        float[] x = [1, 2, 3, 10, 20, 30], w = [.. Enumerable.Range(1, 2 * 3 * 2).Select(static i => (float)i)];
        float[] y = ConvTranspose.Forward(new ReadOnlyTensorSpan<float>(x, [1, 2, 3]), new ReadOnlyTensorSpan<float>(w, [2, 3, 2]),
            stride: 2, settings: s_exact).ToArray();
        Assert.Equal([71, 82, 142, 164, 213, 246], y[..6]);

        float[] xLast = [1, 10, 2, 20, 3, 30], yLast = [.. Enumerable.Range(0, 18).Select(i => y[i % 3 * 6 + i / 3])];
        float[] kernelOutputInput =
            [.. from t in Enumerable.Range(0, 2) from o in Enumerable.Range(0, 3) from i in Enumerable.Range(0,
            2) select w[(i * 3 + o) * 2 + t]];
        float[] flippedInputOutput =
            [.. from t in Enumerable.Range(0, 2) from i in Enumerable.Range(0, 2) from o in Enumerable.Range(0,
            3) select w[(i * 3 + o) * 2 + 1 - t]];
        var value = new ReadOnlyTensorSpan<float>(xLast, [1, 3, 2]);
        var filter = new ReadOnlyTensorSpan<float>(kernelOutputInput, [2, 3, 2]);
        Equal([1, 6, 3], yLast, ConvTranspose.TensorFlow(value, filter, [1, 6, 3], 2, Padding.Valid, settings: s_exact));
        Equal([1, 6, 3], yLast, ConvTranspose.Keras(value, filter, strides: 2, settings: s_exact));
        Equal([1, 6, 3], yLast, ConvTranspose.Jax(value, filter, 2, Padding.Valid, transposeKernel: true, settings: s_exact));
        Equal([1, 6, 3], yLast,
            ConvTranspose.Jax(value, new ReadOnlyTensorSpan<float>(flippedInputOutput, [2, 2, 3]), 2, Padding.Valid, settings: s_exact));
        Equal([1, 3, 6], y,
            ConvTranspose.TensorFlow(new ReadOnlyTensorSpan<float>(x, [1, 2, 3]), filter, [1, 3, 6], 2, Padding.Valid,
            layout: Layout.ChannelsFirst, settings: s_exact));
    }

    [Fact]
    public void Weights_go_to_the_common_order_and_back()
    {
        foreach (WeightLayout layout in Enum.GetValues<WeightLayout>())
        foreach (nint[] kernel in (nint[][])[[5], [2, 3], [2, 3, 4]])
        {
            (nint inputs, nint outputs) = (3, 2);
            nint[] shape = layout switch
            {
                WeightLayout.InputOutputKernel => [inputs, outputs, .. kernel],
                WeightLayout.KernelOutputInput => [.. kernel, outputs, inputs],
                _ => [.. kernel, inputs, outputs],
            };
            int taps = (int)kernel.Aggregate((nint)1, static (product, length) => product * length);
            int[] stored = [.. Enumerable.Range(0, taps * 6)];
            int[] ordered = WeightOrder.ToInputOutputKernel(new ReadOnlyTensorSpan<int>(stored, shape), layout).ToArray();
            for (int i = 0; i < inputs; i++)
            for (int o = 0; o < outputs; o++)
            for (int t = 0; t < taps; t++)
            {
                int expected = layout switch
                {
                    WeightLayout.InputOutputKernel => (i * 2 + o) * taps + t,
                    WeightLayout.KernelOutputInput => (t * 2 + o) * 3 + i,
                    _ => ((taps - 1 - t) * 3 + i) * 2 + o,
                };
                Assert.Equal(expected, ordered[(i * 2 + o) * taps + t]);
            }
            Tensor<int> back = WeightOrder.FromInputOutputKernel<int>(ordered, shape, layout);
            Assert.Equal(shape, back.Lengths.ToArray());
            Assert.Equal(stored, back.ToArray());
        }
        var error = Assert.Throws<GeometryException>(
            () => WeightOrder.FromInputOutputKernel<int>(new int[5], [2, 3], WeightLayout.KernelOutputInput));
        Assert.Equal("elements holds 5 elements, and shape [2, 3] needs 6", error.Message);
    }

    private static void Equal(nint[] shape, float[] expected, Tensor<float> actual)
    {
        Assert.Equal(shape, actual.Lengths.ToArray());
        Assert.Equal(expected, actual.ToArray());
    }
}
