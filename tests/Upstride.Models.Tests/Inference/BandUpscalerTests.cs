using Upstride.Models.Inference;
using Upstride.Operators;

namespace Upstride.Models.Tests.Inference;

public class BandUpscalerTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 2 }, { 1, 1, 3 }, { 1, 1, 4 }, { 2, 3, 3 }, { 3, 2, 2 }, { 1, 7, 4 }, { 7, 1, 3 }, { 5, 5, 2 }, { 13, 9, 3 },
            { 33, 21, 4 }, { 40, 37, 3 }, { 97, 30, 2 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_way_to_divide_a_picture_gives_the_bits_of_the_whole(int width, int height, int scale)
    {
        PlaneNetwork network = Networks.Fsrcnn(scale, d: 9, s: 4, m: 2);
        float[] plane = Networks.Draw(new Random(5), width * height, 1);
        float[] whole = LayerByLayer(network, plane, width, height);
        int[] bands = [.. Enumerable.Range(1, Math.Min(height, 12)), height, height + 40];
        foreach (int band in bands.Distinct())
        foreach (int stripe in (int[])[1, 5, 16, 1000])
        {
            float[] result = Run(network, plane, width, height, new() { Threads = 1, BandRows = band, StripeColumns = stripe });
            AssertSameBits(whole, result, $"band {band}, stripe {stripe}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Threads_do_not_show(int threads)
    {
        PlaneNetwork network = Networks.Fsrcnn(3);
        float[] plane = Networks.Draw(new Random(5), 243 * 61, 1);
        float[] whole = LayerByLayer(network, plane, 243, 61);
        AssertSameBits(whole, Run(network, plane, 243, 61, new() { Threads = threads }), $"{threads} threads");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_published_network_in_tiles_gives_the_bits_of_the_whole(int scale)
    {
        // Wide enough for several tiles inside the stages that widen.
        PlaneNetwork network = Networks.Fsrcnn(scale);
        float[] plane = Networks.Draw(new Random(5), 300 * 50, 1);
        float[] whole = LayerByLayer(network, plane, 300, 50);
        foreach (int band in (int[])[1, 7, 16, 50])
            AssertSameBits(whole, Run(network, plane, 300, 50, new() { Threads = 1, BandRows = band }), $"band {band}");
    }

    [Fact]
    public void Kernels_and_paddings_of_other_networks_are_right_too()
    {
        var random = new Random(3);
        foreach ((int kernel, int scale, int padding) in new[] { (4, 2, 1), (2, 2, 0), (3, 2, 1), (3, 1, 1), (5, 3, 1), (8, 4, 2),
            (16, 8, 4), (1, 1, 0), (7, 5, 2), (2, 3, 0), (10, 2, 4) })
        {
            PlaneNetwork network = new(Networks.Convolution(random, 1, 5, 3), Networks.Convolution(random, 5, 3, 7),
                Networks.Upsampling(random, 3, kernel, scale, padding));
            float[] plane = Networks.Draw(random, 23 * 17, 1);
            float[] whole = LayerByLayer(network, plane, 23, 17);
            foreach (int band in (int[])[1, 2, 3, 5, 17])
                AssertSameBits(whole, Run(network, plane, 23, 17, new() { Threads = 2, BandRows = band, StripeColumns = 9 }),
                    $"kernel {kernel}, scale {scale}, padding {padding}, band {band}");
        }
    }

    // Levels that double, and others: each takes the rows that the one before has just made.
    [Fact]
    public void Networks_that_enlarge_more_than_once_are_right_too()
    {
        var random = new Random(4);
        PlaneNetwork[] networks =
        [
            Networks.Pyramid(4, seed: 1), Networks.Pyramid(8, seed: 2),
            new(Networks.Convolution(random, 1, 3, 5), PlaneLayer.Upsampling(3, 2, 9, 3, 4, Networks.Draw(random, 486, 0.2)),
                Networks.Convolution(random, 2, 4, 3), Networks.Upsampling(random, 4, 3, 2, 1)),
            new(PlaneLayer.Upsampling(1, 1, 2, 2, 0, Networks.Draw(random, 4, 1)), Networks.Upsampling(random, 1, 4, 2, 1)),
        ];
        foreach (PlaneNetwork network in networks)
            foreach ((int width, int height) in ((int, int)[])[(1, 1), (13, 9), (3, 20)])
            {
                float[] plane = Networks.Draw(random, width * height, 1), whole = LayerByLayer(network, plane, width, height);
                foreach (int? band in (int?[])[1, 2, 3, 5, 17, 60, null])
                    foreach (int stripe in (int[])[4, 1000])
                        AssertSameBits(whole, Run(network, plane, width, height,
                            new() { Threads = 2, BandRows = band, StripeColumns = stripe }),
                            $"scale {network.Scale}, {width} x {height}, band {band}, stripe {stripe}");
            }
    }

    [Fact]
    public void A_plane_runs_twice_and_after_another_with_the_same_bits()
    {
        PlaneNetwork network = Networks.Fsrcnn(2, d: 8, s: 3, m: 1);
        float[] plane = Networks.Draw(new Random(5), 30 * 20, 1), other = Networks.Draw(new Random(6), 30 * 20, 50);
        using var upscaler = new BandUpscaler(network, 30, 20, new() { BandRows = 6, Threads = 2 });
        float[] first = new float[60 * 40], second = new float[60 * 40];
        upscaler.Run(plane, first);
        upscaler.Run(other, second);
        upscaler.Run(plane, second);
        AssertSameBits(first, second, "again");
    }

    [Fact]
    public void What_lies_beyond_the_reach_does_not_matter()
    {
        foreach (PlaneNetwork network in (PlaneNetwork[])[.. ((int[])[2, 3, 4]).Select(static one =>
            Networks.Fsrcnn(one, d: 8, s: 3, m: 2)), Networks.Pyramid(4), Networks.Pyramid(8)])
        {
            int scale = network.Scale;
            int size = 2 * network.Reach + 1, middle = network.Reach;
            float[] plane = Networks.Draw(new Random(5), size * size, 1);

            // The picture with one row and column more on every side, which are not of it.
            var larger = Networks.Draw(new Random(6), (size + 2) * (size + 2), 1);
            for (int row = 0; row < size; row++) plane.AsSpan(row * size, size).CopyTo(larger.AsSpan((row + 1) * (size + 2) + 1));
            float[] small = LayerByLayer(network, plane, size, size), large = LayerByLayer(network, larger, size + 2, size + 2);
            for (int row = 0; row < scale; row++)
            for (int column = 0; column < scale; column++)
                Assert.Equal(
                    small[(scale * middle + row) * scale * size + scale * middle + column],
                    large[(scale * (middle + 1) + row) * scale * (size + 2) + scale * (middle + 1) + column]);
        }
    }

    [Fact]
    public void Cancelling_ends_between_bands()
    {
        using var upscaler = new BandUpscaler(Networks.Fsrcnn(2, d: 4, s: 2, m: 1), 8, 8);
        Assert.Throws<OperationCanceledException>(() => upscaler.Run(new float[64], new float[256], new CancellationToken(true)));
    }

    [Fact]
    public void Wrong_lengths_are_refused_with_the_numbers()
    {
        using var upscaler = new BandUpscaler(Networks.Fsrcnn(2, d: 4, s: 2, m: 1), 8, 6, new() { BandRows = 4 });
        Assert.StartsWith("plane must have width * height = 8 * 6 = 48 elements: 47",
            Assert.Throws<ArgumentException>(() => upscaler.Run(new float[47], new float[192])).Message, StringComparison.Ordinal);
        Assert.StartsWith("destination must have scale * width * scale * height = 2 * 8 * 2 * 6 = 192 elements: 191",
            Assert.Throws<ArgumentException>(() => upscaler.Run(new float[48], new float[191])).Message, StringComparison.Ordinal);
        Assert.StartsWith($"rows must have min(band rows, rows left) * width = min({upscaler.BandRows}, 6) * 8 = {upscaler.BandRows * 8} "
            + "elements: 1", Assert.Throws<ArgumentException>(() => upscaler.Next(new float[1])).Message, StringComparison.Ordinal);
        upscaler.Run(new float[48], new float[192]);
        Assert.StartsWith("all 12 rows have been returned", Assert.Throws<InvalidOperationException>(() => upscaler.Next(default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_upsampling_that_is_not_a_whole_multiple_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => PlaneLayer.Upsampling(1, 1, 7, 3, 4, new float[49]));
        Assert.StartsWith("0 <= scale + 2 padding - kernel < scale must hold, for an output padding: 3 + 2 * 4 - 7 = 4", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Chains_that_do_not_hold_together_are_refused()
    {
        var random = new Random(1);
        PlaneLayer first = Networks.Convolution(random, 1, 3, 3), last = Networks.Upsampling(random, 3, 4, 2, 1);
        Assert.Contains("layer 0 must take the 1 channels", Assert.Throws<ArgumentException>(() => new PlaneNetwork(last)).Message,
            StringComparison.Ordinal);
        Assert.Contains("layer 0 of 1 is a convolution", Assert.Throws<ArgumentException>(() => new PlaneNetwork(first)).Message,
            StringComparison.Ordinal);
        Assert.Contains("there is no layer", Assert.Throws<ArgumentException>(() => new PlaneNetwork()).Message, StringComparison.Ordinal);
        Assert.Equal(1 + 1, new PlaneNetwork(first, last).Reach);
    }

    private static float[] Run(PlaneNetwork network, float[] plane, int width, int height, BandSettings settings)
    {
        using var upscaler = new BandUpscaler(network, width, height, settings);
        var result = new float[plane.Length * network.Scale * network.Scale];
        result.AsSpan().Fill(float.NaN);
        upscaler.Run(plane, result);
        return result;
    }

    /// <summary>The whole plane through one layer after another, by the operators that a user calls.</summary>
    internal static float[] LayerByLayer(PlaneNetwork network, float[] plane, int width, int height)
    {
        var settings = new Algorithms.ComputeSettings { Algorithm = "phases" };
        float[] values = plane;
        foreach (PlaneLayer layer in network.Layers)
        {
            var slopes = layer.Slopes.IsEmpty ? Algorithms.Activation.None : Algorithms.Activation.PRelu(layer.Slopes.AsSpan());
            nint[] input = [1, layer.InputChannels, height, width];
            float[] output;
            if (layer.Transposed)
            {
                var geometry = Geometry.ConvTransposeGeometry.PyTorch(
                    input, [layer.InputChannels, layer.OutputChannels, layer.Kernel, layer.Kernel], layer.Stride, layer.Padding,
                        layer.Stride + 2 * layer.Padding - layer.Kernel);
                using var plan = ConvTransposePlan.Create(geometry, layer.Weight.AsSpan(), layer.Bias.AsSpan(), slopes, settings: settings);
                plan.Run(values, output = new float[geometry.OutputLength]);
                (width, height) = (layer.Stride * width, layer.Stride * height);
            }
            else
            {
                var geometry = Geometry.ConvolutionGeometry.Create(input,
                    [layer.OutputChannels, layer.InputChannels, layer.Kernel, layer.Kernel], padding: layer.Padding);
                using var plan = ConvolutionPlan.Create(geometry, layer.Weight.AsSpan(), layer.Bias.AsSpan(), slopes, settings: settings);
                plan.Run(values, output = new float[layer.OutputChannels * height * width]);
            }
            values = output;
        }
        return values;
    }

    private static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: element {i} of {expected.Length} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
