using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

public class SymbolicSizeTests
{
    [Theory]
    [InlineData(9, 4, 3, 1, "4i", 5, 6)]
    [InlineData(9, 4, 4, 3, "4i", 4, 7)]
    [InlineData(3, 2, 1, 0, "2i - 1", 1, 1)]
    [InlineData(3, 1, 0, 0, "i + 2", 2, 2)]
    public void The_size_is_affine_in_the_input(int kernel, int stride, int padding, int outputPadding, string size, int head, int tail)
    {
        var parameters = new HyperParameters
            { Input = default, Kernel = kernel, Stride = stride, Padding = padding, OutputPadding = outputPadding };
        SymbolicSize found = SymbolicSize.Of(parameters, Framework.PyTorch);
        Assert.Equal(size, found.Output.ToString());
        EquivalentConvolution equal = EquivalentConvolution.Of(found.Axis);
        Assert.Equal((head, tail), (equal.PaddingHead, equal.PaddingTail));
        for (int input = found.Smallest; input < 50; input++)
        {
            ConvTransposeAxis axis = (parameters with { Input = input }).Lower(Framework.PyTorch).Axes[0];
            Assert.Equal(axis.Output, found.Output.Factor * input + found.Output.Constant);
            Assert.Equal(axis.Full, found.Full.Factor * input + found.Full.Constant);
            Assert.Equal(EquivalentConvolution.Of(axis).Input, found.Stretched.Factor * input + found.Stretched.Constant);
        }
    }

    [Fact]
    public void Keras_same_is_a_multiple_and_too_large_a_crop_asks_for_a_larger_input()
    {
        Assert.Equal("3i",
            SymbolicSize.Of(new() { Input = default, Kernel = 5, Stride = 3, AutoPad = OnnxAutoPad.SameUpper },
            Framework.Keras).Output.ToString());
        Assert.Equal(4, SymbolicSize.Of(new() { Input = default, Kernel = 2, Padding = 2 }, Framework.PyTorch).Smallest);
        Assert.Equal(
            "outputShape = 8, and is no size in terms of i: give padding and outputPadding",
            Assert.Throws<GeometryException>(
                () => SymbolicSize.Of(new() { Input = default, Kernel = 2, OutputShape = 8 }, Framework.PyTorch)).Error.Message);
    }
}
