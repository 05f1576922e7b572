using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class OnnxTests
{
    [Fact]
    public void Pads_stand_starts_first_and_may_differ()
    {
        var g = ConvTransposeGeometry.Onnx([1, 1, 3, 3], [1, 2, 3, 3], pads: [1, 2, 1, 0], strides: [3, 2], outputPadding: [1, 0]);
        Assert.Equal((1, 0, 8), (g.Axes[0].Head, g.Axes[0].Tail, g.Axes[0].Output));
        Assert.Equal((2, 0, 5), (g.Axes[1].Head, g.Axes[1].Tail, g.Axes[1].Output));
    }

    [Fact]
    public void Same_upper_crops_the_smaller_half_first_and_same_lower_the_larger()
    {
        var upper = ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.SameUpper, strides: 2).Axes[0];
        var lower = ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.SameLower, strides: 2).Axes[0];
        Assert.Equal((6, 0, 1), (upper.Output, upper.Head, upper.Tail));
        Assert.Equal((6, 1, 0), (lower.Output, lower.Head, lower.Tail));
    }

    [Theory]
    [InlineData(OnnxAutoPad.SameUpper, 1, 2)]
    [InlineData(OnnxAutoPad.SameLower, 2, 1)]
    [InlineData(OnnxAutoPad.NotSet, 2, 1)]
    [InlineData(OnnxAutoPad.Valid, 2, 1)]
    public void With_an_output_shape_all_but_same_upper_crop_the_larger_half_first(OnnxAutoPad autoPad, int head, int tail)
    {
        // total = 1*(3 - 1) + 0 + 4 - 3 = 3
        var axis = ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 4], autoPad, outputShape: [3]).Axes[0];
        Assert.Equal((3, head, tail), (axis.Output, axis.Head, axis.Tail));
    }

    [Fact]
    public void With_an_output_shape_the_output_padding_takes_part_in_the_split()
    {
        // total = 2*(3 - 1) + 1 + 4 - 6 = 3: two at the start, one at the end, which the output padding gives back.
        var axis = ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 4], strides: 2, outputPadding: 1, outputShape: [6]).Axes[0];
        Assert.Equal((6, 2, 0), (axis.Output, axis.Head, axis.Tail));
        axis = ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 5], OnnxAutoPad.SameUpper, strides: 2, outputPadding: 1).Axes[0];
        Assert.Equal((6, 2, 1), (axis.Output, axis.Head, axis.Tail));
    }

    [Fact]
    public void An_output_shape_may_be_whole_and_takes_the_place_of_pads()
    {
        var sizes = ConvTransposeGeometry.Onnx([2, 1, 1, 10], [1, 1, 1, 5], outputShape: [1, 14]);
        Assert.Equal(sizes,
            ConvTransposeGeometry.Onnx([2, 1, 1, 10], [1, 1, 1, 5], outputShape: [2, 1, 1, 14], pads: [0, 3, 0, 3], kernelShape: [1, 5]));
        Assert.Equal([2, 1, 1, 14], sizes.OutputShape);
    }

    [Fact]
    public void An_output_shape_longer_than_the_full_output_extends_the_end()
    {
        var axis = ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], strides: 3, outputShape: [10]).Axes[0];
        Assert.Equal((10, 0, -1), (axis.Output, axis.Head, axis.Tail));
    }

    [Fact]
    public void Same_with_a_kernel_shorter_than_the_stride_multiplies_by_the_stride_as_the_text_says() =>
        Assert.Equal(9, ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 2], OnnxAutoPad.SameUpper, strides: 3).Axes[0].Output);

    [Fact]
    public void Same_with_an_output_padding_multiplies_by_the_stride() =>
        Assert.Equal(6,
        ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.SameUpper, strides: 2, outputPadding: 1).Axes[0].Output);

    [Fact]
    public void Same_without_an_output_shape_is_not_pads_of_0()
    {
        Assert.Equal(7, ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], strides: 2).Axes[0].Output);
        Assert.Equal(7, ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.Valid, strides: 2).Axes[0].Output);
    }

    [Fact]
    public void Groups_with_several_output_channels_each()
    {
        var g = ConvTransposeGeometry.Onnx([1, 6, 4, 4], [6, 3, 3, 3], outputShape: [1, 6, 4, 4], group: 2);
        Assert.Equal([1, 6, 4, 4], g.OutputShape);
        Assert.Equal(3, g.OutputChannelsPerGroup);
    }

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("pads", "pads = [0, 0] together with autoPad = SameUpper, and only one of them may be given: leave out one",
            () => ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.SameUpper, pads: [0, 0]));
        Refuses("pads", "pads = [1, -1], and none may be negative: extend the output by outputPadding or outputShape instead",
            () => ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], pads: [1, -1]));
        Refuses("pads", "pads is [1] with 1 values, and must have 2*1 for 1 spatial axes: [starts..., ends...]",
            () => ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], pads: [1]));
        Refuses("pads",
            "strides*(input - 1) + outputPadding + (kernel - 1)*dilations + 1 - head - tail = 2*(1 - 1) + 0 + (3 - 1)*1 + 1 - 2 - 1 = 0 "
            + "on axis 0, and the output must be positive: use smaller pads or a larger kernel",
            () => ConvTransposeGeometry.Onnx([1, 1, 1, 3], [1, 1, 3, 3], pads: [2, 0, 1, 0], strides: 2));
        Refuses("group", "input channels % group = 3 % 2 = 1, and must be 0: choose a group that divides the channels",
            () => ConvTransposeGeometry.Onnx([1, 3, 3], [3, 1, 3], group: 2));
        Refuses("weight", "weight has 4 input channels and input has 3, and both must be equal: change one of them",
            () => ConvTransposeGeometry.Onnx([1, 3, 3], [4, 1, 3]));
        Refuses("kernelShape", "kernelShape = 1x1x1x5 and weight's kernel is 1x5, and both must be equal: leave kernelShape out",
            () => ConvTransposeGeometry.Onnx([2, 1, 1, 10], [1, 1, 1, 5], outputShape: [2, 1, 1, 14], kernelShape: [1, 1, 1, 5]));
        Refuses("outputShape", "outputShape = 0, and must be at least 1",
            () => ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], outputShape: [0]));
        Refuses("outputShape",
            "outputShape is [1, 2] with 2 lengths, and must have 1 or 1 + 2 for 1 spatial axes: give the sizes, or the whole shape",
            () => ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], outputShape: [1, 2]));
    }
}
