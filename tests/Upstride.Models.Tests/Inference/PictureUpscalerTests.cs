using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Data;
using Upstride.Models.Inference;
using Upstride.Operators;

namespace Upstride.Models.Tests.Inference;

public class PictureUpscalerTests
{
    public static TheoryData<int, SampleType, int> Forms => new(
        from channels in (int[])[1, 2, 3, 4]
        from type in (SampleType[])[SampleType.UInt8, SampleType.UInt16]
        from scale in (int[])[2, 3, 4]
        select (channels, type, scale));

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_streamed_picture_is_the_one_computed_at_once(int channels, SampleType type, int scale)
    {
        PlaneNetwork network = Networks.Fsrcnn(scale, d: 6, s: 3, m: 1);
        foreach ((int width, int height) in new[] { (37, 29), (1, 1), (2, 9), (9, 2) })
        {
            ImageBuffer image = Opaque(Noise(width, height, channels, type, seed: channels));
            ImageBuffer expected = AtOnce(network, image, plane => Networks.Whole(network, plane, width, height));
            foreach (int? band in (int?[])[1, 5, null])
            {
                var settings = new PictureSettings { Bands = new() { BandRows = band, Threads = 3 } };
                AssertSame(expected, new PictureUpscaler(network, settings).Upscale(image), $"{width}x{height}, band {band}");
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_eight_fold_mean_in_tiles_is_the_one_of_the_whole(int scale)
    {
        PlaneNetwork network = Networks.Fsrcnn(scale, d: 6, s: 3, m: 1);
        foreach ((int width, int height) in new[] { (41, 33), (1, 1), (3, 12), (12, 3) })
        {
            ImageBuffer image = Noise(width, height, 3, SampleType.UInt16, seed: 3);
            ImageBuffer expected = AtOnce(network, image, plane => EightFold(network, plane, width, height));
            foreach ((int? band, int columns) in new (int?, int)[] { (null, 1280), (1, 1280), (5, 7), (33, 1), (16, 41) })
            {
                var settings = new PictureSettings { SelfEnsemble = true,
                    Bands = new() { BandRows = band, StripeColumns = columns, Threads = 2 } };
                AssertSame(expected, new PictureUpscaler(network, settings).Upscale(image),
                    $"{width}x{height}, band {band}, columns {columns}");
            }
        }
    }

    [Fact]
    public void The_eight_fold_mean_of_a_turned_picture_is_turned()
    {
        PlaneNetwork network = Networks.Fsrcnn(2, d: 6, s: 3, m: 1);
        float[] plane = Networks.Draw(new Random(2), 12 * 7, 1), turned = new float[plane.Length];
        for (int y = 0; y < 7; y++)
            for (int x = 0; x < 12; x++) turned[(11 - x) * 7 + y] = plane[y * 12 + x];
        float[] mean = Ensemble(network, plane, 12, 7), ofTurned = Ensemble(network, turned, 7, 12);

        // The same eight numbers, added in another order: at most seven roundings of sums of at most eight magnitudes, and one of the mean.
        double bound = 8 * Math.Pow(2, -23) * mean.Max(Math.Abs) * 8;
        for (int y = 0; y < 14; y++)
            for (int x = 0; x < 24; x++) Assert.InRange(ofTurned[(23 - x) * 14 + y] - mean[y * 24 + x], -bound, bound);
    }

    [Fact]
    public void Luma_for_an_evaluation_is_the_same()
    {
        PlaneNetwork network = Networks.Fsrcnn(3, d: 6, s: 3, m: 1);
        float[] levels = [.. Networks.Draw(new Random(2), 31 * 17, 127).Select(static value => value + 128)];
        float[] expected = Networks.Whole(network, [.. levels.Select(static level => level / 255)], 31, 17);
        LumaPlane larger = new NetworkLumaUpscaler(network).Upscale(new(31, 17, levels));
        Assert.Equal((93, 51, 3), (larger.Width, larger.Height, new NetworkLumaUpscaler(network).Scale));
        Assert.Equal(expected.Select(static value => value * 255), larger.Levels.ToArray());
        float[] mean = EightFold(network, [.. levels.Select(static level => level / 255)], 31, 17);
        Assert.Equal(mean.Select(static value => value * 255), new NetworkLumaUpscaler(network, new() { SelfEnsemble = true }).Upscale(
            new(31, 17, levels)).Levels.ToArray());
    }

    [Fact]
    public void Cancelling_ends_between_bands_and_progress_goes_from_row_to_row()
    {
        PlaneNetwork network = Networks.Fsrcnn(2, d: 4, s: 2, m: 1);
        using var cancellation = new CancellationTokenSource();
        var told = new List<double>();
        var upscaler = new PictureUpscaler(network, new() { Bands = new() { BandRows = 4 } });
        var progress = new Listener(value =>
        {
            told.Add(value);
            if (value >= 0.5) cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => upscaler.Upscale(
            Noise(8, 40, 3, SampleType.UInt8, 1), progress, cancellation.Token));
        Assert.Equal(told.Order(), told);
        Assert.InRange(told[^1], 0.5, 0.7);
        Assert.InRange(told.Count, 20, 30);
    }

    /// <summary>The picture with full alpha, where it has one: then alpha has no part in the colours.</summary>
    internal static ImageBuffer Opaque(ImageBuffer image)
    {
        int full = image.RowBytes / image.Width, sample = full / image.Channels;
        for (int i = 0; i < image.Bytes.Length && image.HasAlpha; i += full)
            image.Bytes.Slice(i + full - sample, sample).Fill(byte.MaxValue);
        return image;
    }

    internal static ImageBuffer Noise(int width, int height, int channels, SampleType type, int seed)
    {
        var image = new ImageBuffer(width, height, channels, type);
        new Random(seed).NextBytes(image.Bytes);
        return image;
    }

    /// <summary>The luma by any function of the whole plane, the rest by the operator that a user calls, of the whole picture.</summary>
    private static ImageBuffer AtOnce(PlaneNetwork network, ImageBuffer image, Func<float[], float[]> luma)
    {
        int pixels = image.Width * image.Height, scale = network.Scale, larger = pixels * scale * scale;
        float[] planes = image.ToPlanes();
        bool colour = image.Channels >= 3;
        if (colour) YCbCr.FromRgb(planes.AsSpan(0, 3 * pixels), planes.AsSpan(0, 3 * pixels));
        var result = new float[image.Channels * larger];
        luma(planes[..pixels]).CopyTo(result, 0);
        if (image.Channels > 1)
        {
            var geometry = ResizeGeometry.MatlabBicubic([image.Channels - 1, image.Height, image.Width], scale);
            ResizePlan<float>.Create(geometry).Run(planes.AsSpan(pixels), result.AsSpan(larger));
        }
        if (colour) YCbCr.ToRgb(result.AsSpan(0, 3 * larger), result.AsSpan(0, 3 * larger));
        return ImageBuffer.FromPlanes(result, scale * image.Width, scale * image.Height, image.Channels, image.SampleType);
    }

    private static float[] Ensemble(PlaneNetwork network, float[] plane, int width, int height)
    {
        using var upscaler = new EnsembleUpscaler(network, width, height);
        return upscaler.Next(plane).ToArray();
    }

    /// <summary>The mean written out: eight index maps of the whole plane, in the order of the three flags.</summary>
    private static float[] EightFold(PlaneNetwork network, float[] plane, int width, int height)
    {
        int scale = network.Scale;
        var sum = new float[plane.Length * scale * scale];
        for (int way = 0; way < 8; way++)
        {
            bool transposed = (way & 4) != 0, rows = (way & 2) != 0, columns = (way & 1) != 0;
            (int w, int h) = transposed ? (height, width) : (width, height);
            var laid = new float[plane.Length];
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) laid[Place(x, y, width, height)] = plane[y * width + x];
            float[] larger = Networks.Whole(network, laid, w, h);
            for (int y = 0; y < height * scale; y++)
                for (int x = 0; x < width * scale; x++) sum[y * width * scale + x] += larger[Place(x, y, width * scale, height * scale)];

            int Place(int x, int y, int wide, int high)
            {
                if (rows) y = high - 1 - y;
                if (columns) x = wide - 1 - x;
                return transposed ? x * high + y : y * wide + x;
            }
        }
        return [.. sum.Select(static value => value * 0.125f)];
    }

    private static void AssertSame(ImageBuffer expected, ImageBuffer actual, string what)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Channels, expected.SampleType),
            (actual.Width, actual.Height, actual.Channels, actual.SampleType));
        int place = expected.Bytes.CommonPrefixLength(actual.Bytes);
        Assert.True(place == expected.Bytes.Length, $"{what}: byte {place} of {expected.Bytes.Length} differs");
    }

    private sealed class Listener(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
