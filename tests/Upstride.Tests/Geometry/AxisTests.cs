using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class AxisTests
{
    /// <summary>Every small axis, with crops of both signs.</summary>
    public static IEnumerable<ConvTransposeAxis> SmallAxes()
    {
        for (int n = 1; n <= 4; n++)
            for (int k = 1; k <= 5; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= 4; d++)
                        for (int head = -3; head <= 5; head++)
                            for (int tail = -3; tail <= 5; tail++)
                                if (ConvTransposeAxis.TryCreate(n, k, s, d, head, tail, out ConvTransposeAxis axis, out _))
                                    yield return axis;
    }

    [Fact]
    public void Sizes_count_what_the_definition_reaches()
    {
        foreach (ConvTransposeAxis axis in SmallAxes())
        {
            var positions = Products(axis.Input, axis.Kernel, axis.Stride, axis.Dilation).Select(static product => product.Position)
                .ToList();
            Assert.Equal(positions.Max() + 1, axis.Full);
            Assert.Equal(axis.Full - axis.Head - axis.Tail, axis.Output);
            Assert.Equal(Enumerable.Range(0, axis.Kernel).Max(tap => tap * axis.Dilation) + 1, axis.Extent);
        }
    }

    [Fact]
    public void An_axis_is_refused_exactly_where_its_output_is_not_positive()
    {
        for (int n = 1; n <= 3; n++)
            for (int k = 1; k <= 3; k++)
                for (int s = 1; s <= 3; s++)
                    for (int head = -2; head <= 9; head++)
                        for (int tail = -2; tail <= 9; tail++)
                        {
                            bool legal = ConvTransposeAxis.TryCreate(n, k, s, 1, head, tail, out _, out GeometryError? error);
                            Assert.Equal((n - 1) * s + k - head - tail >= 1, legal);
                            Assert.Equal(legal, error is null);
                        }
    }

    [Fact]
    public void Products_outputs_and_inputs_are_those_of_the_definition()
    {
        foreach (ConvTransposeAxis axis in SmallAxes())
        {
            var kept = Products(axis.Input, axis.Kernel, axis.Stride, axis.Dilation)
                .Select(product => (product.Input, product.Tap, Output: product.Position - axis.Head))
                .Where(product => product.Output >= 0 && product.Output < axis.Output).ToList();
            for (int o = 0; o < axis.Output; o++)
                Assert.Equal(kept.Where(product => product.Output == o).OrderBy(static product => product.Input)
                    .Select(static product => (product.Input, product.Tap)), axis.ProductsOf(o));
            for (int i = 0; i < axis.Input; i++)
                Assert.Equal(kept.Where(product => product.Input == i).OrderBy(static product => product.Output)
                    .Select(static product => (product.Output, product.Tap)), axis.OutputsOf(i));
            for (int t = 0; t < axis.Kernel; t++)
            {
                (int first, int end) = axis.InputsThrough(t);
                Assert.Equal(kept.Where(product => product.Tap == t).Select(static product => product.Input),
                    Enumerable.Range(first, end - first));
                Assert.True(first >= 0 && end <= axis.Input || first == end);
            }
            Assert.All(kept, product => Assert.Equal(product.Output, axis.OutputOf(product.Input, product.Tap)));
        }
    }

    [Fact]
    public void Phases_partition_the_kept_outputs_and_make_their_values()
    {
        foreach (ConvTransposeAxis axis in SmallAxes())
        {
            long[] x = Numbers(axis.Input, 5), w = Numbers(axis.Kernel, 7);
            var y = new long?[axis.Output];
            Phase[] phases = axis.GetPhases();
            Assert.Equal(axis.Stride, phases.Length);
            foreach (Phase phase in phases)
            {
                for (int step = 0; step < phase.Count; step++)
                {
                    int j = phase.First + step, o = phase.FirstOutput + step * axis.Stride;
                    Assert.Equal(axis.Stride * j + phase.Residue, o + axis.Head);
                    Assert.Null(y[o]);
                    y[o] = phase.Taps.Sum(tap => j - tap.Shift >= 0 && j - tap.Shift < axis.Input ? w[tap.Tap] * x[j - tap.Shift] : 0);
                }
            }
            Assert.Equal(ConvTranspose(axis, x, w), y.Select(static value => value ?? -1));
            Assert.Equal(Enumerable.Range(0, axis.Kernel),
                phases.SelectMany(static phase => phase.Taps).Select(static tap => tap.Tap).Order());
        }
    }

    [Fact]
    public void A_dense_kernel_reads_one_window_in_every_phase()
    {
        Phase phase = ConvTransposeAxis.Create(4, 5, stride: 2).GetPhase(1);
        Assert.Equal([new PhaseTap(1, 0), new PhaseTap(3, 1)], phase.Taps);
    }

    [Fact]
    public void The_adjoint_of_a_convolution_has_its_sizes_turned_round_and_its_values()
    {
        for (int n = 1; n <= 7; n++)
            for (int k = 1; k <= 4; k++)
                for (int s = 1; s <= 4; s++)
                    for (int d = 1; d <= 3; d++)
                        for (int head = -1; head <= 3; head++)
                            for (int tail = -1; tail <= 3; tail++)
                            {
                                if ((k - 1) * d + 1 > n + head + tail) continue;
                                var axis = ConvTransposeAxis.OfConvolution(n, k, s, d, head, tail);
                                long[] u = Numbers(n, 3), w = Numbers(k, 7);
                                long[] forward = Correlate(u, w, s, d, head, tail);
                                Assert.Equal((forward.Length, n, head), (axis.Input, axis.Output, axis.Head));
                                long[] v = Numbers(axis.Input, 11);
                                Assert.Equal(forward.Zip(v, static (a, b) => a * b).Sum(),
                                    ConvTranspose(axis, v, w).Zip(u, static (a, b) => a * b).Sum());
                            }
    }

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("input", "input = 0, and must be at least 1", () => ConvTransposeAxis.Create(0, 3));
        Refuses("padding",
            "the output is (input - 1)*stride + extent - head - tail = (2 - 1)*1 + 3 - 2 - 2 = 0, and must be positive: crop less or use "
            + "a larger kernel",
            () => ConvTransposeAxis.Create(2, 3, head: 2, tail: 2));
        Refuses("kernel",
            "the kernel's extent (kernel - 1)*dilation + 1 = (3 - 1)*2 + 1 = 5 is longer than the padded input, 4 + 0 + (-1) = 3: pad "
            + "more or use a smaller kernel",
            () => ConvTransposeAxis.OfConvolution(4, 3, dilation: 2, paddingTail: -1));
    }

    [Fact]
    public void Absurd_sizes_are_refused_with_their_numbers()
    {
        Refuses("kernel",
            "the kernel's extent is (kernel - 1)*dilation + 1 = (2147483647 - 1)*2147483647 + 1 = 4611686011984936963, more than "
            + "2147483647: use a smaller kernel or dilation",
            () => ConvTransposeAxis.Create(1, int.MaxValue, dilation: int.MaxValue));
        Refuses("input",
            "the output is (input - 1)*stride + extent - head - tail = (2147483647 - 1)*2147483647 + 1 - 0 - 0 = 4611686011984936963, "
            + "more than 2147483647: use a smaller input or stride",
            () => ConvTransposeAxis.Create(int.MaxValue, 1, stride: int.MaxValue));
        Refuses("input", "input = 9223372036854775807, more than 2147483647", () => ConvTransposeAxis.Create(long.MaxValue, 1));
        Refuses("head", "head = -2147483648 lies outside -2147483647 .. 2147483647",
            () => ConvTransposeAxis.Create(1, 1, head: int.MinValue));
        Refuses("padding",
            "full - head = 3 - (-2147483647) = 2147483650 and full - tail = 3 - 2147483647 = -2147483644, and neither may exceed "
            + "2147483647: extend the output less",
            () => ConvTransposeAxis.Create(1, 3, head: -int.MaxValue, tail: int.MaxValue));
        Refuses("output",
            "the output would have 1 * 1 * 65536 * 65536 = 4294967296 elements, more than an array's 2147483591: split it or make it "
            + "smaller",
            () => ConvTransposeGeometry.PyTorch([1, 1, 32768, 32768], [1, 1, 2, 2], stride: 2));
        Refuses("weight",
            "the weight would have 1000000 * 1000000 * 1 = 1000000000000 elements, more than an array's 2147483591: split it or make it "
            + "smaller",
            () => ConvTransposeGeometry.PyTorch([0, 1_000_000, 1], [1_000_000, 1_000_000, 1]));
        Refuses("input",
            "the input would have 1 * 3 * 2147483647 = 6442450941 elements, more than an array's 2147483591: split it or make it smaller",
            () => ConvTransposeGeometry.PyTorch([0, 3, int.MaxValue], [3, 1, 1]));
        Refuses("outputChannels", "outputChannels = 9223372036854775807, more than 2147483647",
            () => ConvTransposeGeometry.PyTorch([1, 2, 4], [2, nint.MaxValue, 1], groups: 2));
    }

    [Fact]
    public void The_largest_positions_do_not_overflow()
    {
        var axis = ConvTransposeAxis.Create(1, 1, head: -int.MaxValue + 1, tail: 0);
        Assert.Equal((int.MaxValue, int.MaxValue - 1), (axis.Output, axis.OutputOf(0, 0)));
        Assert.Equal([(0, 0)], axis.ProductsOf(int.MaxValue - 1));
        Assert.Equal([(int.MaxValue - 1, 0)], axis.OutputsOf(0));
        Assert.Equal((0, 1), axis.InputsThrough(0));
        Phase phase = axis.GetPhase(0);
        Assert.Equal((0, int.MaxValue), (phase.FirstOutput, phase.Count));
        axis = ConvTransposeAxis.Create(1, 2, dilation: int.MaxValue - 1);
        Assert.Equal((0, 1), axis.InputsThrough(1));
    }

    [Fact]
    public void What_was_not_created_is_refused()
    {
        const string NoAxis = "axes = default(ConvTransposeAxis), which has no size: make the axis by Create or OfConvolution";
        Assert.Equal(NoAxis, Assert.Throws<GeometryException>(static () => ConvTransposeGeometry.Create(1, 1, 1, 1, [default])).Message);
        Assert.Equal("axis" + NoAxis[4..],
            Assert.Throws<GeometryException>(static () => OverlapMap.Of(default(ConvTransposeAxis))).Message);
        Assert.Throws<InvalidOperationException>(static () => default(ConvTransposeAxis).InputsThrough(0));
        Assert.Throws<InvalidOperationException>(static () => default(PoolAxis).PaddedCount(0));
        Assert.Throws<InvalidOperationException>(static () => default(ResizeAxis).PositionOf(0));
        ConvTransposeAxis axis = ConvTransposeAxis.Create(3, 2);
        Assert.Equal(
            "layout = 7, and must be one of ChannelsFirst, ChannelsLast",
            Assert.Throws<GeometryException>(() => ConvTransposeGeometry.Create(1, 1, 1, 1, [axis], (Layout)7)).Message);
        Assert.Throws<GeometryException>(() => ConvTransposeGeometry.Create(1, 1, 1, 1, [axis]).WithLayout((Layout)7));
        Assert.Throws<GeometryException>(static () => PoolGeometry.PyTorch([1, 1, 4], 2, layout: (Layout)7));
        Assert.Throws<ArgumentNullException>("values", static () => (PerAxis)(int[])null!);
    }

    // Five lengths of 2^30 multiply to 2^150, which 128 bits hold as 0.
    [Fact]
    public void Lengths_whose_product_leaves_128_bits_are_no_small_tensor()
    {
        const long Length = 1 << 30;
        ConvTransposeAxis axis = ConvTransposeAxis.Create(Length, 1);
        string message =
            Assert.Throws<GeometryException>(() => ConvTransposeGeometry.Create(Length, Length, Length, 1, [axis, axis, axis])).Message;
        Assert.StartsWith(
            $"the input would have {Length} * {Length} * {Length} * {Length} * {Length} = 1427247692705959881058285969449495136382746624 "
                + $"elements", message, StringComparison.Ordinal);
    }
}
