using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class KerasTests
{
    [Theory]
    [InlineData(4, 8, 6, 7)]
    [InlineData(3, 8, 7, 8)]
    public void An_output_padding_of_0_is_not_none(int kernel, int none, int zero, int one)
    {
        Assert.Equal(none, ConvTransposeGeometry.Keras([1, 4, 1], [kernel, 1, 1], strides: 2, Padding.Same).Axes[0].Output);
        Assert.Equal(zero, ConvTransposeGeometry.Keras([1, 4, 1], [kernel, 1, 1], 2, Padding.Same, outputPadding: 0).Axes[0].Output);
        Assert.Equal(one, ConvTransposeGeometry.Keras([1, 4, 1], [kernel, 1, 1], 2, Padding.Same, outputPadding: 1).Axes[0].Output);
    }

    [Fact]
    public void Outputs_and_values_are_those_of_padding_the_stretched_input()
    {
        for (int n = 1; n <= 4; n++)
            for (int k = 1; k <= 5; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= (s == 1 ? 3 : 1); d++)
                        for (int op = -1; op < s; op++)
                            foreach (Padding padding in new[] { Padding.Same, Padding.Valid })
                            {
                                // Keras lowers to a convolution of the stretched input with these amounts; -1 stands for none.
                                int extent = (k - 1) * d + 1;
                                int head, total;
                                if (padding == Padding.Valid)
                                {
                                    total = 2 * (extent - 1) + (op < 0 ? Math.Max(extent, s) - extent : op);
                                    head = extent - 1;
                                }
                                else
                                {
                                    total = op < 0 ? s + extent - 2 : extent + extent % 2 - 2 + op;
                                    head = Math.Min((total + 1) / 2, extent - 1);
                                }
                                int output = (n - 1) * s + 1 + total - extent + 1;
                                if (output < 1) continue;
                                var g = ConvTransposeGeometry.Keras([1, n, 1], [k, 1, 1], s, padding, op < 0 ? default(PerAxis) : op, d);
                                Assert.Equal(output, g.Axes[0].Output);
                                long[] x = Numbers(n, 5), w = Numbers(k, 7);
                                Assert.Equal(Correlate(Stretch(x, s), [.. w.Reverse()], 1, d, head, total - head),
                                    ConvTranspose(g.Axes[0], x, w));
                            }
    }

    [Fact]
    public void Kernel_and_layout_are_read_in_their_order()
    {
        var g = ConvTransposeGeometry.Keras([1, 4, 4, 2], [3, 3, 5, 2], strides: 2, Padding.Same);
        Assert.Equal([1, 8, 8, 5], g.OutputShape);
        Assert.Equal(g.WithLayout(Layout.ChannelsFirst),
            ConvTransposeGeometry.Keras([1, 2, 4, 4], [3, 3, 5, 2], 2, Padding.Same, layout: Layout.ChannelsFirst));
        Assert.Equal([1, 9, 9, 4], ConvTransposeGeometry.Keras([1, 4, 4, 2], [3, 3, 4, 2], strides: 2).OutputShape);
    }

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("outputPadding", "outputPadding = 2 must be less than strides = 2: use 0 .. 1, or larger strides",
            () => ConvTransposeGeometry.Keras([1, 4, 1], [3, 1, 1], 2, Padding.Same, outputPadding: 2));
        Refuses("dilation", "max(strides) = 2 and max(dilation) = 3, and one of them must be 1: Keras does not stride and dilate together",
            () => ConvTransposeGeometry.Keras([1, 4, 4, 1], [3, 3, 1, 1], [2, 1], Padding.Same, dilation: [1, 3]));
        Refuses("filters", "filters = 0, and must be at least 1", () => ConvTransposeGeometry.Keras([1, 4, 1], [3, 0, 1]));
        Refuses("padding", "padding = (1, 1), and Keras has none but SAME and VALID: use one of them, or another dialect",
            () => ConvTransposeGeometry.Keras([1, 4, 1], [3, 1, 1], 2, Padding.Explicit((1, 1))));
        Refuses("kernel", "kernel has 3 input channels and input has 1, and both must be equal: change one of them",
            () => ConvTransposeGeometry.Keras([1, 4, 1], [3, 1, 3]));
        Refuses("outputPadding",
            "(input - 1)*strides + extent % 2 + outputPadding = (1 - 1)*2 + 4 % 2 + 0 = 0, and the output must be positive: leave "
            + "outputPadding out, or use a larger one",
            () => ConvTransposeGeometry.Keras([1, 1, 1], [4, 1, 1], 2, Padding.Same, outputPadding: 0));
    }
}
