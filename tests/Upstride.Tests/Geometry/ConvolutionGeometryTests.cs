using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class ConvolutionGeometryTests
{
    [Fact]
    public void Shapes_are_those_of_a_convolution()
    {
        var g = ConvolutionGeometry.Create([2, 6, 32, 30], [8, 3, 5, 3], stride: 2, padding: [2, 1], groups: 2);
        Assert.Equal([2, 6, 32, 30], g.InputShape);
        Assert.Equal([2, 8, 16, 15], g.OutputShape);
        Assert.Equal([8, 3, 5, 3], g.WeightShape);
        Assert.Equal((2, 6, 8, 2), (g.Batch, g.InputChannels, g.OutputChannels, g.Groups));
        Assert.Equal(g.OutputShape, g.Adjoint.InputShape);
        Assert.Equal(g, g.Adjoint.Adjoint);
        Assert.Equal([2, 32, 30, 6],
            ConvolutionGeometry.Create([2, 32, 30, 6], [8, 3, 5, 3], 2, [2, 1], groups: 2, layout: Layout.ChannelsLast).InputShape);
    }

    [Fact]
    public void Same_gives_the_input_by_the_stride_rounded_up_and_pads_the_end_more()
    {
        for (int n = 1; n <= 9; n++)
            for (int k = 1; k <= 5; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= 2; d++)
                    {
                        int extent = (k - 1) * d + 1, output = (n + s - 1) / s;
                        int total = Math.Max((output - 1) * s + extent - n, 0);
                        var upper = ConvolutionGeometry.Create([1, 1, n], [1, 1, k], s, Padding.Same, d);
                        var lower = ConvolutionGeometry.Onnx([1, 1, n], [1, 1, k], OnnxAutoPad.SameLower, strides: s, dilations: d);
                        Assert.Equal(upper,
                            ConvolutionGeometry.Onnx([1, 1, n], [1, 1, k], OnnxAutoPad.SameUpper, strides: s, dilations: d));
                        foreach ((ConvolutionGeometry g, int head) in new[] { (upper, total / 2), (lower, total - total / 2) })
                        {
                            long[] u = Numbers(n, 3), w = Numbers(k, 7), v = Numbers(output, 11);
                            long[] forward = Correlate(u, w, s, d, head, total - head);
                            Assert.Equal(output, forward.Length);
                            Assert.Equal((output, n, head), (g.Adjoint.Axes[0].Input, g.Adjoint.Axes[0].Output, g.Adjoint.Axes[0].Head));
                            Assert.Equal(forward.Zip(v, static (a, b) => a * b).Sum(),
                                ConvTranspose(g.Adjoint.Axes[0], v, w).Zip(u, static (a, b) => a * b).Sum());
                        }
                    }
    }

    [Fact]
    public void Valid_and_explicit_padding()
    {
        Assert.Equal([1, 1, 3], ConvolutionGeometry.Create([1, 1, 8], [1, 1, 3], 2, Padding.Valid).OutputShape);
        Assert.Equal([1, 1, 4, 5], ConvolutionGeometry.Create([1, 1, 8, 8], [1, 1, 3, 3], 2, Padding.Explicit((0, 1), (2, 2))).OutputShape);
        Assert.Equal([1, 1, 4, 5],
            ConvolutionGeometry.Onnx([1, 1, 8, 8], [1, 1, 3, 3], pads: [0, 2, 1, 2], strides: 2,
            kernelShape: 3 is var k ? [k, k] : default).OutputShape);
        Assert.Equal([1, 1, 6], ConvolutionGeometry.Create([1, 1, 8], [1, 1, 1], 1, Padding.Explicit((-1, -1))).OutputShape);
    }

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("kernel",
            "the kernel's extent (kernel - 1)*dilation + 1 = (5 - 1)*1 + 1 = 5 is longer than the padded input, 3 + 0 + 0 = 3: pad more "
            + "or use a smaller kernel",
            () => ConvolutionGeometry.Create([1, 1, 3], [1, 1, 5]));
        Refuses("groups", "inputChannels % groups = 3 % 2 = 1, and must be 0: choose groups to divide both channel counts",
            () => ConvolutionGeometry.Create([1, 3, 8], [2, 1, 3], groups: 2));
        Refuses("group", "outputChannels % group = 3 % 2 = 1, and must be 0: choose group to divide both channel counts",
            () => ConvolutionGeometry.Onnx([1, 2, 8], [3, 1, 3], group: 2));
        Refuses("weight", "weight has 2 input channels per group and input has 2 / 2 = 1, and both must be equal: change one of them",
            () => ConvolutionGeometry.Create([1, 2, 8], [2, 2, 3], groups: 2));
        Refuses("padding", "padding = -1, and must be at least 0: crop the input, or give Padding.Explicit",
            () => ConvolutionGeometry.Create([1, 1, 8], [1, 1, 3], padding: -1));
        Refuses("pads", "pads = [1, 1] together with autoPad = Valid, and only one of them may be given: leave out one",
            () => ConvolutionGeometry.Onnx([1, 1, 8], [1, 1, 3], OnnxAutoPad.Valid, pads: [1, 1]));
        Refuses("input",
            "the input would have 1 * 3 * 65536 * 65536 = 12884901888 elements, more than an array's 2147483591: split it or make it "
            + "smaller",
            () => ConvolutionGeometry.Create([1, 3, 65536, 65536], [1, 3, 1, 1]));
        Refuses("weight",
            "weight is [1, 1] with 2 lengths, and must have 1 + 2 for 1 spatial axes: [output channels, input channels per group, "
            + "kernel...]",
            () => ConvolutionGeometry.Create([1, 1, 8], [1, 1]));
    }
}
