using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class TensorFlowTests
{
    [Fact]
    public void Four_by_four_ones_shrink_and_grow_back()
    {
        // A 3x3 filter with stride 1 and VALID: 4x4 -> 2x2, and 2x2 -> 4x4 by its transpose.
        var g = ConvTransposeGeometry.TensorFlow([1, 2, 2, 1], [3, 3, 1, 1], [1, 4, 4, 1], strides: 1, Padding.Valid);
        Assert.Equal([1, 4, 4, 1], g.OutputShape);
        Assert.Equal(Layout.ChannelsLast, g.Layout);
        Assert.Equal([1, 2, 2, 1], g.InputShape);
    }

    [Fact]
    public void Filter_and_layout_are_read_in_their_order()
    {
        var last = ConvTransposeGeometry.TensorFlow([2, 5, 7, 6], [3, 4, 8, 6], [2, 10, 14, 8], strides: 2, Padding.Same);
        Assert.Equal((2, 6, 8), (last.Batch, last.InputChannels, last.OutputChannels));
        Assert.Equal([6, 8, 3, 4], last.WeightShape);
        var first = ConvTransposeGeometry.TensorFlow([2, 6, 5, 7], [3, 4, 8, 6], [2, 8, 10, 14], 2, Padding.Same,
            layout: Layout.ChannelsFirst);
        Assert.Equal(last.WithLayout(Layout.ChannelsFirst), first);
    }

    [Fact]
    public void Exactly_the_outputs_that_the_forward_convolution_takes_to_the_input_are_accepted()
    {
        for (int n = 1; n <= 4; n++)
            for (int k = 1; k <= 4; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= 2; d++)
                        for (int output = 1; output <= 30; output++)
                        {
                            int extent = (k - 1) * d + 1;
                            int full = (n - 1) * s + extent;
                            Check(Padding.Same, (output + s - 1) / s, Math.Max(full - output, 0) / 2);
                            Check(Padding.Valid, Correlate(new long[output], new long[k], s, d, 0, 0).Length, 0);
                            Check(Padding.Explicit((1, 0)), Correlate(new long[output], new long[k], s, d, 1, 0).Length, 1);
                            Check(Padding.Explicit((0, 2)), Correlate(new long[output], new long[k], s, d, 0, 2).Length, 0);

                            void Check(Padding padding, int forward, int head)
                            {
                                ConvTransposeGeometry? g = null;
                                try
                                {
                                    g = ConvTransposeGeometry.TensorFlow([1, n, 1], [k, 1, 1], [1, output, 1], s, padding, d);
                                }
                                catch (GeometryException exception)
                                {
                                    Assert.Equal("outputShape", exception.Error.Parameter);
                                }
                                Assert.Equal(forward == n, g is not null);
                                if (g is not null)
                                    Assert.Equal((output, head, full - output - head), (g.Axes[0].Output, g.Axes[0].Head, g.Axes[0].Tail));
                            }
                        }
    }

    [Fact]
    public void Values_are_the_gradient_of_the_forward_convolution()
    {
        // <Conv(u), v> = <u, ConvTranspose(v)> for unit vectors u.
        foreach ((int n, int k, int s, int output, Padding padding) in new[]
        {
            (3, 3, 2, 6, Padding.Same), (3, 3, 2, 5, Padding.Same), (3, 2, 3, 9, Padding.Same), (4, 5, 2, 8, Padding.Same),
            (3, 3, 2, 7, Padding.Valid), (3, 3, 2, 8, Padding.Valid), (3, 2, 1, 3, Padding.Explicit((0, 1))),
                (3, 2, 1, 3, Padding.Explicit((1, 0))),
        })
        {
            var axis = ConvTransposeGeometry.TensorFlow([1, n, 1], [k, 1, 1], [1, output, 1], s, padding).Axes[0];
            (int head, int tail) = padding.Kind switch
            {
                PaddingKind.Same =>
                    (Math.Max((n - 1) * s + k - output, 0) / 2,
                    Math.Max((n - 1) * s + k - output, 0) - Math.Max((n - 1) * s + k - output, 0) / 2),
                PaddingKind.Valid => (0, 0),
                _ => padding.Amounts[0],
            };
            long[] v = Numbers(n, 5), w = Numbers(k, 7);
            long[] y = ConvTranspose(axis, v, w);
            for (int u = 0; u < output; u++)
            {
                var unit = new long[output];
                unit[u] = 1;
                long[] forward = Correlate(unit, w, s, 1, head, tail);
                Assert.Equal(forward.Zip(v, static (a, b) => a * b).Sum(), y[u]);
            }
        }
    }

    [Fact]
    public void Same_with_a_kernel_shorter_than_the_stride_still_multiplies_by_the_stride()
    {
        var axis = ConvTransposeGeometry.TensorFlow([1, 3, 1], [2, 1, 1], [1, 9, 1], strides: 3, Padding.Same).Axes[0];
        Assert.Equal((9, 0, -1), (axis.Output, axis.Head, axis.Tail));
    }

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("outputShape",
            "the forward convolution gives ceil(outputShape / strides) = ceil(9 / 2) = 5 on axis 1, and must give the input's 4: use an "
            + "outputShape of 7 .. 8",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 4, 1], [3, 3, 1, 1], [1, 8, 9, 1], 2, Padding.Same));
        Refuses("outputShape",
            "the forward convolution gives floor((outputShape - extent) / strides) + 1 = floor((8 - 3) / 2) + 1 = 3, and must give the "
            + "input's 4: use an outputShape of 9 .. 10",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 1], [3, 1, 1], [1, 8, 1], 2, Padding.Valid));
        Refuses("outputShape",
            "the forward convolution gives floor((outputShape + head + tail - extent) / strides) + 1 = floor((10 + 0 + 1 - 3) / 2) + 1 = "
            + "5, and must give the input's 4: use an outputShape of 8 .. 9",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 1], [3, 1, 1], [1, 10, 1], 2, Padding.Explicit((0, 1))));
        Refuses("filter", "filter has 5 input channels and value has 2, and both must be equal: change one of them",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 2], [3, 1, 5], [1, 8, 1], 2, Padding.Same));
        Refuses("outputShape", "outputShape has 3 output channels and filter has 1, and both must be equal: change one of them",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 2], [3, 1, 2], [1, 8, 3], 2, Padding.Same));
        Refuses("outputShape", "outputShape has 2 images in its batch and value has 1, and both must be equal: change one of them",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 2], [3, 1, 2], [2, 8, 1], 2, Padding.Same));
        Refuses("outputShape", "outputShape is [8] with 1 lengths and value has 3, and both must be equal: give batch and channels too",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 2], [3, 1, 2], [8], 2, Padding.Same));
        Refuses("padding", "padding = (-1, 0), and neither may be negative: choose another outputShape instead",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 1], [3, 1, 1], [1, 8, 1], 2, Padding.Explicit((-1, 0))));
        Refuses("padding", "padding has 3 pairs for 2 spatial axes: give one pair (head, tail), or 2",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 4, 1], [3, 3, 1, 1], [1, 8, 8, 1], 2, Padding.Explicit((0, 0), (0, 0), (0, 0))));
        Refuses("value", "value is [4, 2] with 2 lengths, and must have 3 to 5: [batch, 1 to 3 sizes, channels]",
            () => ConvTransposeGeometry.TensorFlow([4, 2], [3, 1, 2], [1, 8, 1], 2, Padding.Same));
        Refuses("filter",
            "filter is [3, 2] with 2 lengths, and must have 1 + 2 for 1 spatial axes: [kernel..., output channels, input channels]",
            () => ConvTransposeGeometry.TensorFlow([1, 4, 2], [3, 2], [1, 8, 1], 2, Padding.Same));
    }
}
