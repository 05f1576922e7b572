using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Upstride.Imaging.Tests;

/// <summary>For programs: streams that cannot seek, bytes, tasks, and ImageSharp's pictures.</summary>
public sealed class ImageStreamTests
{
    public static TheoryData<ImageFileFormat, int, SampleType> Forms => new(
        from format in Enum.GetValues<ImageFileFormat>()
        from channels in (int[])[1, 2, 3, 4]
        from type in (SampleType[])[SampleType.UInt8, SampleType.UInt16]
        where ImageFile.CanWrite(format) && ImageWriter.Refusal(format, new(5, 4, channels, type)) is null
            && format is not ImageFileFormat.Pbm
        select (format, channels, type));

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Every_format_goes_through_streams_that_only_go_forwards(ImageFileFormat format, int channels, SampleType type)
    {
        ImageBuffer image = Pictures.Smooth(33, 21, channels, type, 1);
        var settings = new ImageWriteSettings { Quality = 100, Lossless = true };
        using var written = new MemoryStream();
        ImageFile.Write(new ForwardStream(written), image, format, settings);
        Assert.Equal(ImageFile.Encode(image, format, settings), written.ToArray());

        using var asynchronous = new MemoryStream();
        await ImageFile.WriteAsync(new ForwardStream(asynchronous, onlyAsync: true), image, format, settings);
        Assert.Equal(written.ToArray(), asynchronous.ToArray());

        ImageBuffer expected = ImageFile.Decode(written.ToArray());
        Pictures.AssertSame(expected, ImageFile.Read(new ForwardStream(new MemoryStream(written.ToArray())), "pipe"), "pipe");
        Pictures.AssertSame(expected, await ImageFile.ReadAsync(new ForwardStream(new MemoryStream(written.ToArray()), onlyAsync: true),
            "pipe"), "pipe");

        // Lossless formats keep every sample; those without grey or with 8 bits alone keep what they can.
        if (format is ImageFileFormat.Jpeg or ImageFileFormat.Gif) return;
        bool keepsBits =
            format is ImageFileFormat.Png or ImageFileFormat.Tiff or ImageFileFormat.Pgm or ImageFileFormat.Ppm or ImageFileFormat.Pnm
                or ImageFileFormat.Pfm;
        ImageBuffer wanted = (keepsBits ? image : image.Convert(SampleType.UInt8)).Convert(SampleType.Float32),
            found = expected.Convert(SampleType.Float32);
        for (int i = 0; i < image.Width * image.Height; i++)
            for (int c = 0; c < found.Channels; c++)
            {
                int source = found.HasAlpha && c == found.Channels - 1 ? image.Channels - 1 : image.Format.Colors == 1 ? 0 : c;
                Assert.Equal(wanted.Samples<float>()[i * image.Channels + source], found.Samples<float>()[i * found.Channels + c]);
            }
    }

    [Fact]
    public async Task What_is_read_is_limited_and_cancelled()
    {
        byte[] file = ImageFile.Encode(Pictures.Random(40, 30, 3, SampleType.UInt8, 1), ImageFileFormat.Png);
        var e = await Assert.ThrowsAsync<ImageFormatException>(() =>
            ImageFile.ReadAsync(new MemoryStream(file), "a", new() { MaxPixels = 1199 }));
        Assert.Equal("its header gives 40 x 30 = 1200 pixels, above the limit of 1199 (MaxPixels)", e.Fault);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ImageFile.ReadAsync(new MemoryStream(file), "a", cancellationToken: new(canceled: true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ImageFile.WriteAsync(Stream.Null, new ImageBuffer(2, 2, 3), ImageFileFormat.Jpeg, cancellationToken: new(canceled: true)));

        // A stream without an end is not read for ever.
        Assert.StartsWith("it is longer than ", Assert.Throws<ImageFormatException>(
            () => ImageFile.Read(new EndlessStream(), "a", new() { MaxPixels = 1000, MaxMetadataBytes = 1000 })).Fault,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Ffmpeg_reads_no_stream_and_no_bytes_unless_it_is_allowed()
    {
        string ffmpeg = FfmpegProgram.Require();
        using var folder = new Folder();
        ImageFile.Write(folder.File("a.png"), Pictures.Smooth(32, 16, 3, SampleType.UInt8, 1));
        FfmpegProgram.Run(ffmpeg, ["-v", "error", "-i", folder.File("a.png"), folder.File("a.pcx")]);
        byte[] file = File.ReadAllBytes(folder.File("a.pcx"));
        Assert.StartsWith("the format is not one of PNG, JPEG", Assert.Throws<ImageFormatException>(() => ImageFile.Decode(file)).Fault,
            StringComparison.Ordinal);
        Assert.Throws<ImageFormatException>(() => ImageFile.Read(new MemoryStream(file), "a"));
        Pictures.AssertSame(ImageFile.Read(folder.File("a.png")), ImageFile.Read(folder.File("a.pcx")), "file");
        Pictures.AssertSame(ImageFile.Read(folder.File("a.png")), ImageFile.Decode(file, new() { AllowFfmpeg = true }), "allowed");
        Assert.Throws<ImageFormatException>(() => ImageFile.Read(folder.File("a.pcx"), new() { AllowFfmpeg = false }));

        Assert.StartsWith("JPEG 2000 is written by the program ffmpeg, which is not allowed here",
            Assert.Throws<ArgumentException>(() => ImageFile.Encode(new(2, 2, 3), ImageFileFormat.Jpeg2000)).Message,
            StringComparison.Ordinal);
        Assert.Equal(32, ImageFile.Decode(ImageFile.Encode(Pictures.Smooth(32, 16, 3, SampleType.UInt8, 1), ImageFileFormat.Jpeg2000,
            new() { AllowFfmpeg = true }), new() { AllowFfmpeg = true }).Width);
    }

    [Theory]
    [InlineData(1, SampleType.UInt8, typeof(L8))]
    [InlineData(2, SampleType.UInt8, typeof(La16))]
    [InlineData(3, SampleType.UInt8, typeof(Rgb24))]
    [InlineData(4, SampleType.UInt8, typeof(Rgba32))]
    [InlineData(1, SampleType.UInt16, typeof(L16))]
    [InlineData(2, SampleType.UInt16, typeof(La32))]
    [InlineData(3, SampleType.UInt16, typeof(Rgb48))]
    [InlineData(4, SampleType.UInt16, typeof(Rgba64))]
    public void Pictures_go_to_ImageSharp_and_back(int channels, SampleType type, Type pixel)
    {
        ImageBuffer image = Pictures.Random(9, 7, channels, type, 1);
        using Image<Rgba64> wide = image.ToImageSharp<Rgba64>();
        Assert.Equal((9, 7), (wide.Width, wide.Height));
        Rgba64 last = wide[8, 6];
        float[] planes = image.ToPlanes();
        float[] found = [last.R / 65535f, last.G / 65535f, last.B / 65535f, last.A / 65535f];
        for (int c = 0; c < 3; c++) Assert.Equal(planes[(image.Format.Colors == 1 ? 0 : c) * 63 + 62], found[c], 1e-6f);
        Assert.Equal(image.HasAlpha ? planes[^1] : 1, found[3], 1e-6f);

        using Image same = pixel switch
        {
            _ when pixel == typeof(L8) => image.ToImageSharp<L8>(), _ when pixel == typeof(La16) => image.ToImageSharp<La16>(),
            _ when pixel == typeof(Rgb24) => image.ToImageSharp<Rgb24>(), _ when pixel == typeof(Rgba32) => image.ToImageSharp<Rgba32>(),
            _ when pixel == typeof(L16) => image.ToImageSharp<L16>(), _ when pixel == typeof(La32) => image.ToImageSharp<La32>(),
            _ when pixel == typeof(Rgb48) => image.ToImageSharp<Rgb48>(), _ => image.ToImageSharp<Rgba64>(),
        };
        Pictures.AssertSame(image, same.ToImageBuffer(), pixel.Name);
        using Image<Bgra32> other = image.ToImageSharp<Bgra32>();
        Assert.Equal((4, SampleType.UInt8), (other.ToImageBuffer().Channels, other.ToImageBuffer().SampleType));
    }

    [Fact]
    public void JPEGs_quality_and_subsampling_and_WebPs_losslessness_are_choices()
    {
        ImageBuffer image = Pictures.Smooth(128, 96, 3, SampleType.UInt8, 1);
        byte[] good = ImageFile.Encode(image, ImageFileFormat.Jpeg, new() { Quality = 95 }),
            poor = ImageFile.Encode(image, ImageFileFormat.Jpeg, new() { Quality = 30 });
        byte[] soft = ImageFile.Encode(image, ImageFileFormat.Jpeg, new() { Quality = 95, Subsampling = JpegSubsampling.Quarter });
        Assert.True(poor.Length < soft.Length && soft.Length < good.Length, $"{poor.Length}, {soft.Length}, {good.Length}");
        Assert.True(Psnr.Luma(ImageFile.Decode(good), image, 0) > Psnr.Luma(ImageFile.Decode(poor), image, 0) + 5);
        Pictures.AssertSame(image, ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.WebP, new() { Lossless = true })), "lossless");
        Assert.False(image.Bytes.SequenceEqual(ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.WebP)).Bytes));
        Assert.Equal("1 <= quality <= 100 must hold: 0 (Parameter 'Quality')\nActual value was 0.",
            Assert.Throws<ArgumentOutOfRangeException>(() => ImageFile.Encode(
            image, ImageFileFormat.Jpeg, new() { Quality = 0 })).Message.ReplaceLineEndings("\n"));
        Assert.StartsWith("width and height of a WebP picture must be at most 16383: 16384 x 1",
            Assert.Throws<ArgumentException>(() => ImageFile.Encode(new(16384, 1, 3), ImageFileFormat.WebP)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_GIF_of_many_colours_is_near_and_of_few_exact()
    {
        ImageBuffer image = Pictures.Smooth(64, 48, 3, SampleType.UInt8, 1);
        Assert.True(Psnr.Luma(ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.Gif)), image, 0) > 25);
        foreach (ref byte sample in image.Bytes) sample = (byte)(sample / 64 * 64);
        Pictures.AssertSame(image, ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.Gif)), "few");
    }

    private sealed class Folder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

        public string File(string name) => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }

    /// <summary>Cannot seek, tells no length, and, as a server's body may, refuses to block.</summary>
    private sealed class ForwardStream(Stream inner, bool onlyAsync = false) : Stream
    {
        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => false;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) =>
            onlyAsync ? throw new InvalidOperationException("blocking") : inner.Read(buffer, offset, Math.Min(count, 100));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, 100)], cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (onlyAsync) throw new InvalidOperationException("blocking");
            inner.Write(buffer, offset, count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
