using System.Diagnostics;

namespace Upstride.Onnx.Tests;

/// <summary>
/// Small files whose strides, dilations, pads and sizes are far beyond their tensors: the work and the memory go by what is multiplied, or
/// the model is refused.
/// </summary>
[Collection(nameof(MeasuredCost))]
public class CostTests
{
    private const long Limit = 1 << 26;

    // A hundredth of this is enough on a machine of its own; what these tests are against takes longer by as much.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    private static OnnxSessionSettings Limited => new() { Limits = new() { MaximalMemory = Limit }, Compute = new() { Threads = 2 } };

    [Fact]
    public void A_transposed_convolution_dilated_by_65537_takes_the_time_of_its_products()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "3", "7", "6").Random("w", 1, 3, 4, 3, 3)
            .Node("ConvTranspose", "x w", "y", ("kernel_shape", new long[] { 3, 3 }), ("dilations", new long[] { 1, 65537 })).Output("y")
                .Session(Limited);
        OnnxTensor x = Values.Random(2, 1, 3, 7, 6), y = InTime(() => Values.Run(session, ("x", x)));
        Assert.Equal([1, 4, 9, 131080], y.Shape);

        // Each column of the kernel makes six columns of its own: the same as three kernels of one column.
        float[] w = Weights(1, 3 * 4 * 3 * 3);
        for (int tap = 0; tap < 3; tap++)
        {
            using OnnxSession one = new ModelBuilder().Input("x", "1", "3", "7", "6")
                .Floats("w", [3, 4, 3, 1], [.. Enumerable.Range(0, 36).Select(row => w[row * 3 + tap])]).Node("ConvTranspose", "x w", "y")
                    .Output("y").Session();
            OnnxTensor expected = Values.Run(one, ("x", x));
            for (int row = 0; row < 4 * 9; row++)
                for (int column = 0; column < 6; column++)
                    Assert.Equal(expected.Floats[row * 6 + column], y.Floats[row * 131080 + tap * 65537 + column], 1e-5f);
        }
    }

    [Fact]
    public void A_kernel_of_tens_of_thousands_of_taps_over_nine_elements_takes_the_time_of_its_products()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "3", "3").Input("w", "1", "1", "32768", "2")
            .Node("ConvTranspose", "x w", "y", ("dilations", new long[] { 2, 2 })).Output("y").Session(Limited);
        OnnxTensor x = Values.Random(1, 1, 1, 3, 3), w = Values.Random(2, 1, 1, 32768, 2),
            y = InTime(() => Values.Run(session, ("x", x), ("w", w)));
        Assert.Equal([1, 1, 65537, 5], y.Shape);
        Assert.Equal(x.Floats[0] * w.Floats[2] + x.Floats[6] * w.Floats[0], y.Floats[2 * 5 + 0], 1e-5f);
        Assert.Equal(2L * 9 * 65536, Assert.Single(session.Explain(Values.Named(("x", x), ("w", w))).Steps).Flops);
    }

    [Fact]
    public void A_convolution_padded_by_a_million_takes_the_time_of_its_products()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "2", "4", "6").Random("w", 1, 6, 2, 3).Random("b", 2, 6)
            .Node("Conv", "x w b", "y", ("dilations", new long[] { 65535 }), ("group", 2), ("pads", new long[] { 0, 1048576 })).Output("y")
                .Session(new() { Compute = new() { Threads = 2 } });
        OnnxTensor y = InTime(() => Values.Run(session, ("x", Values.Random(3, 2, 4, 6))));
        Assert.Equal([2, 6, 917512], y.Shape);

        // Beyond the input every output is the bias.
        Assert.Equal(Weights(2, 6)[3], y.Floats[917512 * 4 - 1]);
    }

    [Theory]
    [InlineData("MaxPool", 1_000_000_000)]
    [InlineData("MaxPool", int.MaxValue)]
    [InlineData("AveragePool", int.MaxValue)]
    public void A_stride_far_beyond_the_input_costs_nothing(string name, int stride)
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "8", "8")
            .Node(name, "x", "y", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 1, stride })).Output("y")
                .Session(Limited);
        OnnxTensor x = OnnxTensor.Create([.. Enumerable.Range(0, 64).Select(static i => (float)i)], 1, 1, 8, 8);
        OnnxTensor y = Cheap(1 << 20, () => Values.Run(session, ("x", x)));
        Assert.Equal([.. Enumerable.Range(0, 7).Select(row => name == "MaxPool" ? row * 8f + 9 : row * 8 + 4.5f)], y.Floats.ToArray());
    }

    [Fact]
    public void Integers_are_pooled_with_a_stride_of_an_int()
    {
        using OnnxSession session = new ModelBuilder(12).Input("x", OnnxElementType.UInt8, "2", "10", "4")
            .Node("MaxPool", "x", "y", ("kernel_shape", new long[] { 4 }), ("strides", new long[] { int.MaxValue }))
                .Output("y", OnnxElementType.UInt8).Session(Limited);
        OnnxTensor y =
            Cheap(1 << 20,
            () => Values.Run(session,
                ("x", OnnxTensor.Create<long>(OnnxElementType.UInt8, [.. Enumerable.Range(0, 80).Select(static i => (long)i)], 2, 10, 4))));
        Assert.Equal([.. Enumerable.Range(0, 20).Select(static i => 4L * i + 3)], y.Integers.ToArray());
    }

    [Theory]
    [InlineData(3, 2, 3)]
    [InlineData(5, 4, 6)]
    [InlineData(4, 6, 4)]
    [InlineData(7, 5, 5)]
    public void Taps_and_strides_with_common_divisors_meet_the_right_elements(int kernel, int stride, int dilation)
    {
        // Only the residues that a tap meets are laid out; which these are repeats.
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "n")
            .Node("MaxPool", "x", "y", ("kernel_shape", new long[] { kernel }), ("strides", new long[] { stride }),
                ("dilations", new long[] { dilation })).Output("y").Session();
        OnnxTensor x = Values.Random(kernel, 1, 1, 97), y = Values.Run(session, ("x", x));
        for (int o = 0; o < y.Length; o++)
            Assert.Equal(Enumerable.Range(0, kernel).Max(t => x.Floats[o * stride + t * dilation]), y.Floats[o]);
    }

    [Fact]
    public void Windows_of_a_million_taps_over_eight_elements_take_the_time_of_the_elements()
    {
        const int Taps = 1_000_000;
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "8")
            .Node("AveragePool", "x", "y", ("kernel_shape", new long[] { Taps }), ("pads", new long[] { Taps - 1, Taps - 1 })).Output("y")
                .Session(Limited);
        OnnxTensor y = InTime(() => Values.Run(session, ("x", OnnxTensor.Create([1f, 2, 3, 4, 5, 6, 7, 8], 1, 1, 8))));
        Assert.Equal(Taps + 7, y.Length);
        Assert.Equal((1f, 1.5f, 4.5f, 8f), (y.Floats[0], y.Floats[1], y.Floats[500_000], y.Floats[^1]));
    }

    [Theory]
    [InlineData("nearest", OnnxElementType.Boolean, 8000, 8000)]
    [InlineData("nearest", OnnxElementType.UInt8, 2800, 2900)]
    [InlineData("nearest", OnnxElementType.Float32, 4000, 4100)]
    [InlineData("linear", OnnxElementType.Int32, 2800, 2900)]
    [InlineData("cubic", OnnxElementType.Int32, 1, 8_000_000)]
    [InlineData("linear", OnnxElementType.Float32, 1, 16_000_000)]
    [InlineData("cubic", OnnxElementType.Float32, 1, 16_000_000)]
    public void A_resize_keeps_to_the_limit_of_memory(string mode, OnnxElementType type, int height, int width)
    {
        using OnnxSession session = new ModelBuilder().Input("x", type, "1", "1", "1", "1").Integers("s", 1, 1, height, width)
            .Node("Resize", "x - - s", "y", ("mode", mode)).Output("y", type).Session(Limited);
        OnnxTensor x = OnnxTensor.Zeros(type, 1, 1, 1, 1);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        try
        {
            Assert.Equal([1, 1, height, width], Values.Run(session, ("x", x)).Shape);
        }
        catch (OnnxUnsupportedException)
        {
        }
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Limit + Limit / 2);
    }

    [Fact]
    public void An_enlargement_by_a_thousand_is_not_taken_into_the_convolution_after_it()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "8", "2", "2").Integers("s", 1, 8, 2048, 2048)
            .Random("w", 1, 1, 8, 3, 3)
            .Node("Resize", "x - - s", "r", ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
            ("nearest_mode", "floor"))
            .Node("Conv", "r w", "y", ("pads", new long[] { 1, 1, 1, 1 })).Output("y")
            .Session(new() { Limits = new() { MaximalMemory = 1 << 28 }, Compute = new() { Threads = 2 } });
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Equal([1, 1, 2048, 2048], InTime(() => Values.Run(session, ("x", Values.Random(1, 1, 8, 2, 2)))).Shape);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1 << 26);
    }

    [Fact]
    public void Nearest_selects_the_same_elements_of_every_type()
    {
        foreach (string coordinates in (string[])["half_pixel", "asymmetric", "align_corners", "tf_crop_and_resize"])
        {
            OnnxTensor Run(OnnxElementType type, OnnxTensor x)
            {
                using OnnxSession session = new ModelBuilder().Input("x", type, "2", "3", "4").Floats("roi", [6], 0, 0, 0.25f, 1, 1, 1.5f)
                    .Integers("s", 2, 7, 3)
                    .Node("Resize", "x roi - s", "y", ("coordinate_transformation_mode", coordinates), ("extrapolation_value", 1f))
                    .Output("y", type).Session();
                return Values.Run(session, ("x", x));
            }
            float[] values = [.. Enumerable.Range(0, 24).Select(static i => (float)(i * 7 % 24))];
            float[] expected = Run(OnnxElementType.Float32, OnnxTensor.Create(values, 2, 3, 4)).Floats.ToArray();
            Assert.Equal(expected,
                Run(OnnxElementType.UInt8,
                OnnxTensor.Create<long>(OnnxElementType.UInt8, [.. values.Select(static value => (long)value)], 2, 3, 4)).Integers.ToArray()
                    .Select(static value => (float)value));
            Assert.Equal(expected.Select(static value => value is > 11 or 1),
                Run(OnnxElementType.Boolean,
                OnnxTensor.Create([.. values.Select(static value => value is > 11 or 1)], 2, 3, 4)).Booleans.ToArray());
        }
    }

    [Fact]
    public void A_run_of_too_many_operations_is_refused_with_their_number()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "n").Random("w", 1, 1, 1, 3)
            .Node("Conv", "x w", "y", ("pads", new long[] { 1, 1 })).Output("y")
                .Session(new() { Limits = new() { MaximalOperations = 5999 } });
        Assert.Equal(999, Values.Run(session, ("x", Values.Random(1, 1, 1, 999))).Length);
        Assert.Equal(
            "node 'node-y' (Conv): a run takes 6000 operations up to here, and settings.Limits.MaximalOperations = 5999: allow more, or "
                + "use smaller inputs",
            Assert.Throws<OnnxUnsupportedException>(() => Values.Run(session, ("x", Values.Random(1, 1, 1, 1000)))).Message);
    }

    private static T InTime<T>(Func<T> run)
    {
        var clock = Stopwatch.StartNew();
        T result = run();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Enough);
        return result;
    }

    private static T Cheap<T>(long bytes, Func<T> run)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        T result = InTime(run);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, bytes);
        return result;
    }

    // As the builder makes them.
    private static float[] Weights(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}

/// <summary>What time and memory are measured in runs while no other test does: both are the whole process's.</summary>
[CollectionDefinition(nameof(MeasuredCost), DisableParallelization = true)]
public sealed class MeasuredCost;
