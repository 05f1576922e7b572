using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class PyTorchTests
{
    [Fact]
    public void The_deconvolution_of_FSRCNN_takes_85_to_255()
    {
        var g = ConvTransposeGeometry.PyTorch(input: [1, 56, 85, 85], weight: [56, 1, 9, 9], stride: 3, padding: 4, outputPadding: 2);
        Assert.Equal([1, 1, 255, 255], g.OutputShape);
        Assert.Equal([56, 1, 9, 9], g.WeightShape);
        Assert.All(g.Axes, axis => Assert.Equal((4, 2), (axis.Head, axis.Tail)));
    }

    [Theory]
    [InlineData(9, 4, 3, 1)]
    [InlineData(9, 4, 4, 3)]
    public void The_seeds_of_super_resolution_decoders_quadruple_every_size(int kernel, int stride, int padding, int outputPadding)
    {
        for (int n = 1; n < 40; n++)
        {
            var g = ConvTransposeGeometry.PyTorch([1, 1, n], [1, 1, kernel], stride, padding, outputPadding);
            Assert.Equal(4 * n, g.Axes[0].Output);
        }
    }

    [Fact]
    public void Every_axis_has_its_own_output_padding()
    {
        var g = ConvTransposeGeometry.PyTorch([2, 3, 4, 5], [3, 2, 3, 3], stride: 2, padding: 1, outputPadding: [1, 0]);
        Assert.Equal([2, 2, 8, 9], g.OutputShape);
        Assert.Equal([2, 2, 7, 10], ConvTransposeGeometry.PyTorch([2, 3, 4, 5], [3, 2, 3, 3], 2, 1, outputPadding: [0, 1]).OutputShape);
    }

    [Fact]
    public void Sizes_follow_the_documented_formula_over_every_small_setting()
    {
        for (int n = 1; n <= 4; n++)
            for (int k = 1; k <= 4; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= 3; d++)
                        for (int p = 0; p <= 4; p++)
                            for (int op = 0; op <= 4; op++)
                            {
                                int output = (n - 1) * s - 2 * p + d * (k - 1) + op + 1;
                                bool legal = output >= 1 && (op < s || op < d);
                                try
                                {
                                    var g = ConvTransposeGeometry.PyTorch([1, 1, n], [1, 1, k], s, p, op, dilation: d);
                                    Assert.True(legal);
                                    Assert.Equal((output, p, p - op), (g.Axes[0].Output, g.Axes[0].Head, g.Axes[0].Tail));
                                }
                                catch (GeometryException)
                                {
                                    Assert.False(legal);
                                }
                            }
    }

    [Fact]
    public void An_output_padding_below_the_dilation_is_legal_with_stride_1() =>
        Assert.Equal(4 + 2 * 3 + 2,
        ConvTransposeGeometry.PyTorch([1, 1, 4], [1, 1, 3], stride: 1, outputPadding: 2, dilation: 3).Axes[0].Output);

    [Fact]
    public void Channels_are_those_of_the_groups()
    {
        var g = ConvTransposeGeometry.PyTorch([1, 6, 4], [6, 2, 3], groups: 3);
        Assert.Equal((6, 6, 3, 2, 2), (g.InputChannels, g.OutputChannels, g.Groups, g.InputChannelsPerGroup, g.OutputChannelsPerGroup));
    }

    [Theory]
    [InlineData(253, 0)]
    [InlineData(254, 1)]
    [InlineData(255, 2)]
    public void An_output_size_chooses_the_output_padding(int size, int outputPadding)
    {
        var expected = ConvTransposeGeometry.PyTorch([1, 2, 85, 85], [2, 1, 9, 9], 3, 4, outputPadding);
        Assert.Equal(expected, ConvTransposeGeometry.PyTorch([1, 2, 85, 85], [2, 1, 9, 9], 3, 4, outputSize: size));
        Assert.Equal(expected, ConvTransposeGeometry.PyTorch([1, 2, 85, 85], [2, 1, 9, 9], 3, 4, outputSize: [1, 1, size, size]));
        Assert.Equal(expected,
            ConvTransposeGeometry.PyTorch([1, 2, 85, 85], [2, 1, 9, 9], 3, 4, outputPadding: 7, outputSize: [size, size]));
    }

    [Fact]
    public void An_empty_batch_has_a_shape() =>
        Assert.Equal([0, 1, 8], ConvTransposeGeometry.PyTorch([0, 1, 4], [1, 1, 2], stride: 2).OutputShape);

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("outputPadding",
            "outputPadding = 2 must be less than max(stride, dilation) = max(2, 1) = 2 on axis 1: use 0 .. 1, or a larger stride",
            () => ConvTransposeGeometry.PyTorch([1, 1, 4, 4], [1, 1, 3, 3], stride: 2, outputPadding: [1, 2]));
        Refuses("outputPadding",
            "outputPadding = 3 must be less than max(stride, dilation) = max(1, 3) = 3: use 0 .. 2, or a larger stride",
            () => ConvTransposeGeometry.PyTorch([1, 1, 4], [1, 1, 3], outputPadding: 3, dilation: 3));
        Refuses("padding",
            "(input - 1)*stride - 2*padding + dilation*(kernel - 1) + outputPadding + 1 = (1 - 1)*2 - 2*2 + 1*(3 - 1) + 1 + 1 = 0, and "
            + "the output must be positive: use a smaller padding or a larger kernel",
            () => ConvTransposeGeometry.PyTorch([1, 1, 1], [1, 1, 3], stride: 2, padding: 2, outputPadding: 1));
        Refuses("outputSize",
            "outputSize = 256 must lie in full - 2*padding .. full - 2*padding + stride - 1 = 261 - 2*4 .. 261 - 2*4 + 3 - 1 = 253 .. "
            + "255: choose one of these",
            () => ConvTransposeGeometry.PyTorch([1, 1, 85], [1, 1, 9], stride: 3, padding: 4, outputSize: 256));
        Refuses("outputSize",
            "outputSize = 252 must lie in full - 2*padding .. full - 2*padding + stride - 1 = 261 - 2*4 .. 261 - 2*4 + 3 - 1 = 253 .. "
            + "255 on axis 1: choose one of these",
            () => ConvTransposeGeometry.PyTorch([1, 1, 85, 85], [1, 1, 9, 9], stride: 3, padding: 4, outputSize: [253, 252]));
        Refuses("groups", "inputChannels % groups = 3 % 2 = 1, and must be 0: choose groups that divide both channel counts",
            () => ConvTransposeGeometry.PyTorch([1, 3, 4], [3, 1, 3], groups: 2));
        Refuses("groups", "groups = 0, and must be at least 1", () => ConvTransposeGeometry.PyTorch([1, 3, 4], [3, 1, 3], groups: 0));
        Refuses("weight", "weight has 4 input channels and input has 3, and both must be equal: change one of them",
            () => ConvTransposeGeometry.PyTorch([1, 3, 4], [4, 1, 3]));
        Refuses("weight",
            "weight is [3, 1, 3] with 3 lengths, and must have 2 + 2 for 2 spatial axes: [input channels, output channels per group, "
            + "kernel...]",
            () => ConvTransposeGeometry.PyTorch([1, 3, 4, 4], [3, 1, 3]));
        Refuses("input", "input is [3, 4] with 2 lengths, and must have 3 to 5: [batch, channels, 1 to 3 sizes]",
            () => ConvTransposeGeometry.PyTorch([3, 4], [3, 1, 3]));
        Refuses("input", "input is [1, 3, 0], and its sizes must be at least 1: the batch alone may be empty",
            () => ConvTransposeGeometry.PyTorch([1, 3, 0], [3, 1, 3]));
        Refuses("batch", "batch = -1, and must be 0 .. 2147483647", () => ConvTransposeGeometry.PyTorch([-1, 3, 4], [3, 1, 3]));
        Refuses("inputChannels", "inputChannels = 0, and must be at least 1", () => ConvTransposeGeometry.PyTorch([1, 0, 4], [0, 1, 3]));
        Refuses("padding", "padding = -1, and must be at least 0", () => ConvTransposeGeometry.PyTorch([1, 1, 4], [1, 1, 3], padding: -1));
        Refuses("stride", "stride = 0 on axis 1, and must be at least 1",
            () => ConvTransposeGeometry.PyTorch([1, 1, 4, 4], [1, 1, 3, 3], stride: [1, 0]));
        Refuses("stride", "stride has 3 values, 1x2x3, for 2 spatial axes: give one value, or 2",
            () => ConvTransposeGeometry.PyTorch([1, 1, 4, 4], [1, 1, 3, 3], stride: [1, 2, 3]));
        Refuses("kernel", "kernel = 0, and must be at least 1", () => ConvTransposeGeometry.PyTorch([1, 1, 4], [1, 1, 0]));
    }
}
