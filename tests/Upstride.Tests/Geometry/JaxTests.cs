using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class JaxTests
{
    [Fact]
    public void Valid_is_not_amounts_of_0()
    {
        Assert.Equal(512, ConvTransposeGeometry.Jax([1, 128, 1], [4, 1, 1], strides: 4, Padding.Valid).Axes[0].Output);
        Assert.Equal(506, ConvTransposeGeometry.Jax([1, 128, 1], [4, 1, 1], strides: 4, Padding.Explicit((0, 0))).Axes[0].Output);
    }

    [Fact]
    public void Outputs_and_values_are_those_of_padding_the_stretched_input()
    {
        for (int n = 1; n <= 4; n++)
            for (int k = 1; k <= 5; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= 3; d++)
                        foreach (Padding padding in new[] { Padding.Same, Padding.Valid, Padding.Explicit((0, 0)), Padding.Explicit((1, 2)),
                            Padding.Explicit((-1, 3)) })
                        {
                            int extent = (k - 1) * d + 1;
                            int total = padding == Padding.Same ? extent + s - 2 : extent + s - 2 + Math.Max(extent - s, 0);
                            (int head, int tail) = padding.Kind switch
                            {
                                PaddingKind.Same when s > extent - 1 => (extent - 1, total - (extent - 1)),
                                PaddingKind.Same => ((total + 1) / 2, total - (total + 1) / 2),
                                PaddingKind.Valid => (extent - 1, total - (extent - 1)),
                                _ => padding.Amounts[0],
                            };
                            int output = (n - 1) * s + 1 + head + tail - extent + 1;
                            if (output < 1) continue;
                            var axis = ConvTransposeGeometry.Jax([1, n, 1], [k, 1, 1], s, padding, d).Axes[0];
                            Assert.Equal(output, axis.Output);

                            // The weights stand as JAX stores them, so the definition's are theirs flipped.
                            long[] x = Numbers(n, 5), stored = Numbers(k, 7);
                            Assert.Equal(Correlate(Stretch(x, s), stored, 1, d, head, tail), ConvTranspose(axis, x, [.. stored.Reverse()]));
                        }
    }

    [Fact]
    public void Transpose_kernel_swaps_the_channels_of_the_weights()
    {
        var g = ConvTransposeGeometry.Jax([1, 4, 5, 2], [3, 3, 2, 7], strides: 2, Padding.Same);
        Assert.Equal([1, 8, 10, 7], g.OutputShape);
        Assert.Equal([2, 7, 3, 3], g.WeightShape);
        Assert.Equal(g, ConvTransposeGeometry.Jax([1, 4, 5, 2], [3, 3, 7, 2], strides: 2, Padding.Same, transposeKernel: true));
    }

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("padding",
            "(input - 1)*strides + 1 + head + tail - (extent - 1) = (1 - 1)*2 + 1 + 0 + (-1) - (3 - 1) = -2, and the output must be "
            + "positive: pad the stretched input more, by up to extent - 1 = 2 at each end",
            () => ConvTransposeGeometry.Jax([1, 1, 1], [3, 1, 1], 2, Padding.Explicit((0, -1))));
        Refuses("weight", "weight has 1 input channels and input has 2, and both must be equal: change one of them",
            () => ConvTransposeGeometry.Jax([1, 4, 2], [3, 1, 2], 2, Padding.Same));
        Refuses("weight",
            "weight is [3, 2] with 2 lengths, and must have 1 + 2 for 1 spatial axes: [kernel..., input channels, output channels]",
            () => ConvTransposeGeometry.Jax([1, 4, 2], [3, 2], 2, Padding.Same));
    }

    // With consistent padding the explicit amounts are the forward convolution's, as PyTorch's are: they crop.
    [Fact]
    public void Consistent_padding_is_PyTorchs()
    {
        foreach ((int n, int k, int s, int d, int p) in ((int, int, int, int, int)[])[(5, 3, 2, 1, 1), (4, 4, 2, 1, 1), (3, 5, 3, 2, 4),
            (7, 2, 1, 3, 0)])
        {
            ConvTransposeAxis expected = ConvTransposeGeometry.PyTorch([1, 1, n], [1, 1, k], s, p, dilation: d).Axes[0];
            Assert.Equal(expected,
                ConvTransposeGeometry.Jax([1, n, 1], [k, 1, 1], s, Padding.Explicit((p, p)), d, useConsistentPadding: true).Axes[0]);

            // JAX pads the stretched input by dilation*(kernel - 1) - padding then.
            int amount = d * (k - 1) - p;
            Assert.Equal(expected, ConvTransposeGeometry.Jax([1, n, 1], [k, 1, 1], s, Padding.Explicit((amount, amount)), d).Axes[0]);
        }
        foreach (Padding padding in (Padding[])[Padding.Same, Padding.Valid])
            Assert.Equal(ConvTransposeGeometry.Jax([1, 5, 1], [3, 1, 1], 2, padding),
                ConvTransposeGeometry.Jax([1, 5, 1], [3, 1, 1], 2, padding, useConsistentPadding: true));
    }
}
