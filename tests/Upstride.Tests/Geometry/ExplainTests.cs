using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

public class ExplainTests
{
    [Fact]
    public void Like_axes_are_told_once()
    {
        var g = ConvTransposeGeometry.PyTorch([1, 56, 85, 85], [56, 1, 9, 9], stride: 3, padding: 4, outputPadding: 2);
        Assert.Equal(
            """
            input [1, 56, 85, 85], weight [56, 1, 9, 9] -> output [1, 1, 255, 255]
            axes 0 and 1:
              full = (input - 1)*stride + (kernel - 1)*dilation + 1 = (85 - 1)*3 + (9 - 1)*1 + 1 = 261
              output = full - head - tail = 261 - 4 - 2 = 255
              3 phases of 3 taps
              equals a convolution of 253 inputs (2 zeros between neighbours), kernel 9, stride 1, padding 4 and 6
              even overlap: 3 products on every output away from the border
            all axes: 9 phases, even overlap: 9 products on every output away from the border
            """,
            g.Explain());
    }

    [Fact]
    public void A_checkerboard_and_an_extended_end_are_named()
    {
        var g = ConvTransposeGeometry.Keras([1, 3, 2], [2, 4, 2], strides: 3);
        Assert.Equal(
            """
            input [1, 3, 2], weight [2, 4, 2] -> output [1, 9, 4]
            axis 0:
              full = (input - 1)*stride + (kernel - 1)*dilation + 1 = (3 - 1)*3 + (2 - 1)*1 + 1 = 8
              output = full - head - tail = 8 - 0 - (-1) = 9
              3 phases of 0 to 1 taps
              equals a convolution of 7 inputs (2 zeros between neighbours), kernel 2, stride 1, padding 1 and 2
              uneven overlap: 0 to 1 products on an output away from the border, which shows as a checkerboard
            """,
            g.Explain());
    }

    [Fact]
    public void One_of_a_thing_is_not_many()
    {
        string text = ConvTransposeGeometry.PyTorch([1, 1, 1, 4], [1, 1, 1, 2], stride: PerAxis.Create([1, 2])).Explain()
            .ReplaceLineEndings("\n");
        Assert.Contains("  1 phase of 1 tap\n  equals a convolution of 1 input (0 zeros between neighbours)", text,
            StringComparison.Ordinal);
        Assert.Contains("  2 phases of 1 tap\n  equals a convolution of 7 inputs (1 zero between neighbours)", text,
            StringComparison.Ordinal);
        Assert.Contains("  even overlap: 1 product on every output", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absurd_stride_is_told_without_counting_its_phases() =>
        Assert.Contains(
            "  2147483647 phases of 0 to 1 taps\n",
            ConvTransposeGeometry.PyTorch([1, 1, 1], [1, 1, 1_000_000_000], stride: int.MaxValue).Explain().ReplaceLineEndings("\n"),
                StringComparison.Ordinal);
}
