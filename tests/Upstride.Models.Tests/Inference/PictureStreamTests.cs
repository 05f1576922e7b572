using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

/// <summary>From a stream to a stream.</summary>
public sealed class PictureStreamTests
{
    [Theory]
    [InlineData(ImageFileFormat.Png)]
    [InlineData(ImageFileFormat.Jpeg)]
    [InlineData(ImageFileFormat.WebP)]
    [InlineData(ImageFileFormat.Tiff)]
    [InlineData(ImageFileFormat.Bmp)]
    public async Task A_file_comes_out_in_its_own_format_with_its_metadata(ImageFileFormat format)
    {
        ImageBuffer image = ImageFile.Read(Path.Combine(SharedData.Checkout, "samples", "scene-small.png")).Crop(10, 10, 40, 30).With(
            new() { Density = PixelDensity.PerInch(300, 300) });
        byte[] file = ImageFile.Encode(image, format, new() { Lossless = true });
        var upscaler = PictureUpscaler.ForScale(2);
        var told = new List<double>();
        using var destination = new MemoryStream();
        UpscaledPicture made = upscaler.Upscale(new MemoryStream(file), destination, new() { Writing = new() { Lossless = true } },
            new Listener(told.Add));
        Assert.Equal((format, new PictureFormat(80, 60, 3, SampleType.UInt8), 1), (made.FileFormat, made.Format, made.Frames));
        Assert.Equal(1, told[^1]);
        ImageBuffer back = ImageFile.Decode(destination.ToArray()), expected = upscaler.Upscale(ImageFile.Decode(file));
        if (format != ImageFileFormat.Jpeg) Assert.Equal(expected.Bytes.ToArray(), back.Bytes.ToArray());
        else Assert.True(Psnr.Luma(back, expected, 0) > 35);
        if (format is not ImageFileFormat.WebP) Assert.Equal(300, back.Metadata.Density!.Value.X * 0.0254, 0.1);

        using var asynchronous = new MemoryStream();
        await upscaler.UpscaleAsync(new MemoryStream(file), asynchronous, new() { Writing = new() { Lossless = true } });
        Assert.Equal(destination.ToArray(), asynchronous.ToArray());
    }

    [Fact]
    public void Every_frame_of_an_animation_is_made_larger()
    {
        using var file = new MemoryStream();
        using (var writer = new ImageWriter(file, ImageFileFormat.Gif, new(12, 8, 3, SampleType.UInt8), animation: new(3, 0)))
        {
            byte[] row = new byte[36];
            for (int frame = 0; frame < 3; frame++)
            {
                writer.StartFrame(TimeSpan.FromMilliseconds(100 * (frame + 1)));
                row.AsSpan().Fill((byte)(80 * frame));
                for (int y = 0; y < 8; y++) writer.WriteRow(row);
            }
        }
        foreach (ImageFileFormat format in (ImageFileFormat[])[ImageFileFormat.Gif, ImageFileFormat.Png])
        {
            file.Position = 0;
            using var destination = new MemoryStream();
            UpscaledPicture made = PictureUpscaler.ForScale(2).Upscale(file, destination, new() { FileFormat = format });
            Assert.Equal((3, 0), (made.Frames, made.NotKept.Count));
            destination.Position = 0;
            using ImageReader reader = ImageReader.Open(destination, "a");
            Assert.Equal((new ImageAnimation(3, 0), 24, 16), (reader.Animation, reader.Format.Width, reader.Format.Height));
            Assert.True(reader.NextFrame());
            Assert.Equal(TimeSpan.FromMilliseconds(200), reader.Delay);
        }
        file.Position = 0;
        using var still = new MemoryStream();
        Assert.Equal(["2 further frames"], PictureUpscaler.ForScale(2).Upscale(
            file, still, new() { FileFormat = ImageFileFormat.Jpeg }).NotKept);
    }

    [Fact]
    public async Task Limits_and_cancelling_reach_the_caller()
    {
        byte[] file = ImageFile.Encode(PictureUpscalerTests.Noise(200, 150, 3, SampleType.UInt8, 1), ImageFileFormat.Png);
        var upscaler = PictureUpscaler.ForScale(2);
        await Assert.ThrowsAsync<ImageFormatException>(() => upscaler.UpscaleAsync(
            new MemoryStream(file), Stream.Null, new() { Reading = new() { MaxPixels = 29_999 } }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            upscaler.UpscaleAsync(new MemoryStream(file), Stream.Null, cancellationToken: new(canceled: true)));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upscaler.UpscaleAsync(
            new MemoryStream(file), Stream.Null, progress: new Listener(value => cancellation.Cancel()),
                cancellationToken: cancellation.Token));
        using var nothing = new MemoryStream();
        await Assert.ThrowsAsync<ImageFormatException>(() => upscaler.UpscaleAsync(
            new MemoryStream("This is no picture."u8.ToArray()), nothing));
        Assert.Equal(0, nothing.Length);
    }

    [Fact]
    public async Task One_upscaler_serves_many_at_once()
    {
        var upscaler = PictureUpscaler.ForScale(2, new() { Bands = new() { Threads = 1 } });
        ImageBuffer[] images = [.. Enumerable.Range(0, 6).Select(static i =>
            PictureUpscalerTests.Noise(30 + i, 20, 3, SampleType.UInt8, i))];
        byte[][] expected = [.. images.Select(image => upscaler.Upscale(image).Bytes.ToArray())];
        byte[][] actual = await Task.WhenAll(images.Select(image => Task.Run(() => upscaler.Upscale(image).Bytes.ToArray())));
        for (int i = 0; i < images.Length; i++) Assert.Equal(expected[i], actual[i]);
    }

    private sealed class Listener(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
