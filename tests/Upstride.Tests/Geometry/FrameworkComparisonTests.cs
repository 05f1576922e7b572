using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

public class FrameworkComparisonTests
{
    [Fact]
    public void Same_has_one_size_and_one_beginning_where_it_exists()
    {
        var comparison = FrameworkComparison.Of(new() { Input = 3, Kernel = 3, Stride = 2, AutoPad = OnnxAutoPad.SameUpper });
        Assert.Equal([null, 6, 6, 6, 6], Sizes(comparison));
        Assert.Equal(
            "autoPad = SameUpper, and PyTorch's transposed convolution has no SAME: padding = 1 and outputPadding = 1 give the same "
                + "size, cropping 1 at the start where SAME crops 0",
            comparison.Outcomes[0].Error!.Message);
        Assert.Empty(comparison.SameSizeOtherValues);
    }

    [Fact]
    public void PyTorch_cannot_always_have_the_size_of_same() =>
        Assert.Equal(
            "autoPad = SameUpper, and PyTorch's transposed convolution has no SAME: no padding and outputPadding give the same size with "
                + "kernel = 4, stride = 1 and dilation = 1, so use another kernel",
            FrameworkComparison.Of(new() { Input = [3, 3], Kernel = [3, 4], AutoPad = OnnxAutoPad.SameUpper }).Outcomes[0].Error!.Message);

    [Fact]
    public void Same_lower_is_ONNX_alone()
    {
        var comparison = FrameworkComparison.Of(new() { Input = 3, Kernel = 3, Stride = 2, AutoPad = OnnxAutoPad.SameLower });
        Assert.Equal([null, null, null, 6, null], Sizes(comparison));
        Assert.Equal("autoPad = SameLower, and Keras has no SAME that puts the odd element at the start: use SameUpper",
            comparison.Outcomes[2].Error!.Message);
    }

    [Fact]
    public void Paddings_as_numbers()
    {
        var comparison = FrameworkComparison.Of(new() { Input = [3, 4], Kernel = 3, Stride = 2, Padding = 1, OutputPadding = 1 });
        Assert.Equal([6, 6, null, 6, null], Sizes(comparison));
        Assert.Equal("padding = (1, 1) (1, 1), and Keras has none but SAME and VALID: use one of them, or another dialect",
            comparison.Outcomes[2].Error!.Message);
        Assert.Equal("outputPadding = 1, and JAX has none: add it to the end of its explicit padding",
            comparison.Outcomes[4].Error!.Message);
        Assert.Empty(comparison.SameSizeOtherValues);
        Assert.Equal(Framework.Jax, comparison.Outcomes[4].Framework);
    }

    [Fact]
    public void Amounts_pad_the_stretched_input_in_JAX_alone()
    {
        Assert.Equal([516 - 4, 512, 512, 512, 506],
            Sizes(FrameworkComparison.Of(new() { Input = 128, Kernel = 4, Stride = 4, Padding = 0 })));
        Assert.Equal([512, 512, 512, 512, 512], Sizes(FrameworkComparison.Of(new() { Input = 128, Kernel = 4, Stride = 4 })));

        // extent - 1 - 1 = 1: with 3 taps an amount of 1 means the same everywhere.
        var alike = FrameworkComparison.Of(new() { Input = 5, Kernel = 3, Stride = 2, Padding = 1 });
        Assert.Equal([9, 9, null, 9, 9], Sizes(alike));
        Assert.Empty(alike.SameSizeOtherValues);
    }

    [Fact]
    public void Padding_may_differ_at_the_two_ends()
    {
        // full = (3 - 1)*2 + 4 = 8. JAX's amounts a pad the stretched input, cropping extent - 1 - a: 2 and 1 where the others crop 1 and
        // 2.
        var comparison = FrameworkComparison.Of(new() { Input = 3, Kernel = 4, Stride = 2, Padding = 1, PaddingAtEnd = 2 });
        Assert.Equal([null, 5, null, 5, 5], Sizes(comparison));
        Assert.Equal(
            "padding = (1, 2), and PyTorch pads both ends alike: give the difference as outputPadding, or crop the output afterwards",
                comparison.Outcomes[0].Error!.Message);
        Assert.Equal([(1, 2), (1, 2), (2, 1)],
            comparison.Outcomes.Where(static one => one.Geometry is not null)
            .Select(static one => (one.Geometry!.Axes[0].Head, one.Geometry.Axes[0].Tail)));
        Assert.Equal([(Framework.TensorFlow, Framework.Jax), (Framework.Onnx, Framework.Jax)], comparison.SameSizeOtherValues);

        var twoAxes = new HyperParameters
            { Input = [3, 4], Kernel = 4, Stride = 2, Padding = [1, 0], PaddingAtEnd = [2, 0] }.Lower(Framework.Onnx);
        Assert.Equal([(1, 2), (0, 0)], twoAxes.Axes.Select(static axis => (axis.Head, axis.Tail)));
        Definition.Refuses("paddingAtEnd",
            "paddingAtEnd = 1 without padding, and both must be given: give padding for the start, which may be 0",
            () => new HyperParameters { Input = 3, Kernel = 3, PaddingAtEnd = 1 }.Lower(Framework.Onnx));
    }

    [Fact]
    public void Equal_sizes_with_other_values_are_named()
    {
        // ONNX splits the surplus of 6, with the larger half first; PyTorch and TensorFlow crop the 4 that they are told at the start.
        var comparison = FrameworkComparison.Of(new() { Input = 85, Kernel = 9, Stride = 3, Padding = 4, OutputShape = 255 });
        Assert.Equal([255, 255, null, 255, null], Sizes(comparison));
        Assert.Equal([(Framework.PyTorch, Framework.Onnx), (Framework.TensorFlow, Framework.Onnx)], comparison.SameSizeOtherValues);
        Assert.Equal("outputShape = 255, and JAX takes none: leave it out", comparison.Outcomes[4].Error!.Message);
    }

    [Fact]
    public void Short_kernels_part_the_frameworks()
    {
        Assert.Equal([8, 8, 9, 8, 9], Sizes(FrameworkComparison.Of(new() { Input = 3, Kernel = 2, Stride = 3 })));
        Assert.Equal([null, 9, 9, 9, 9],
            Sizes(FrameworkComparison.Of(new() { Input = 3, Kernel = 2, Stride = 3, AutoPad = OnnxAutoPad.SameUpper })));
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_refused() =>
        Definition.Refuses("padding", "padding = 1 together with autoPad = Valid, and only one of them may be given: leave out one",
            () => new HyperParameters { Input = 3, Kernel = 3, Padding = 1, AutoPad = OnnxAutoPad.Valid }.Lower(Framework.PyTorch));

    private static IEnumerable<int?> Sizes(FrameworkComparison comparison) =>
        comparison.Outcomes.Select(static outcome => outcome.Geometry?.Axes[0].Output);
}
