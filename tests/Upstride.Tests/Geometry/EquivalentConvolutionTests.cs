using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class EquivalentConvolutionTests
{
    [Fact]
    public void Convolving_the_stretched_input_makes_the_same_values()
    {
        foreach (ConvTransposeAxis axis in AxisTests.SmallAxes())
        {
            EquivalentConvolution equivalent = EquivalentConvolution.Of(axis);
            long[] x = Numbers(axis.Input, 5), w = Numbers(axis.Kernel, 7);
            long[] stretched = Stretch(x, equivalent.ZerosBetween + 1);
            Assert.Equal(stretched.Length, equivalent.Input);
            Assert.Equal(
                ConvTranspose(axis, x, w),
                Correlate(stretched, [.. w.Reverse()], equivalent.Stride, equivalent.Dilation, equivalent.PaddingHead,
                    equivalent.PaddingTail));
        }
    }

    [Fact]
    public void Its_numbers_for_FSRCNN()
    {
        var g = ConvTransposeGeometry.PyTorch([1, 56, 85, 85], [56, 1, 9, 9], stride: 3, padding: 4, outputPadding: 2);
        var expected = new EquivalentConvolution(Input: 253, Kernel: 9, Dilation: 1, PaddingHead: 4, PaddingTail: 6, ZerosBetween: 2);
        Assert.Equal([expected, expected], EquivalentConvolution.Of(g));
    }
}
