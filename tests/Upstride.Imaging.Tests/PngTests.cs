namespace Upstride.Imaging.Tests;

public class PngTests
{
    public static TheoryData<int, int, bool, bool> Forms()
    {
        var forms = new TheoryData<int, int, bool, bool>();
        (int Color, int[] Depths)[] legal = [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])];
        foreach ((int color, int[] depths) in legal)
            foreach (int depth in depths)
                foreach (bool interlaced in new[] { false, true })
                    foreach (bool transparency in color < 4 ? new[] { false, true } : [false])
                        forms.Add(color, depth, interlaced, transparency);
        return forms;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Reads_every_form(int colorType, int depth, bool interlaced, bool transparency)
    {
        // All sizes to 9 x 9 (each pass of the interlacing empty and not), and two larger ones.
        var sizes = Enumerable.Range(1, 81).Select(i => ((i - 1) % 9 + 1, (i - 1) / 9 + 1)).Append((37, 21)).Append((130, 5));
        foreach ((int width, int height) in sizes)
        {
            (byte[] file, ImageBuffer expected) = new PngBuilder
            {
                Width = width, Height = height, ColorType = colorType, Depth = depth, Interlaced = interlaced,
                Transparency = transparency, Seed = width * 1000 + height, ChunkSize = 1 + width * height,
            }.Make();
            Pictures.AssertSame(expected, Pictures.Read(file), $"{width} x {height}");
        }
    }

    [Fact]
    public void Built_files_are_right_by_ffmpeg_too()
    {
        FfmpegProgram.Require();
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            var files = new List<(string, string)>();
            var ours = new List<ImageBuffer>();
            foreach (var row in Forms())
            {
                (int colorType, int depth, bool interlaced, bool transparency) = row.Data;
                // ffmpeg has no name for 'palette with alpha' and the like: only forms that it keeps as they are.
                if (transparency || depth < 8 && colorType == 0) continue;
                (byte[] file, _) = new PngBuilder { Width = 21, Height = 13, ColorType = colorType, Depth = depth, Interlaced = interlaced,
                    Seed = 7 }.Make();
                string path = Path.Combine(folder, $"{files.Count}.png");
                File.WriteAllBytes(path, file);
                ours.Add(ImageFile.Read(path));
                files.Add((path, FfmpegProgram.PixelFormat(ours[^1])));
            }
            byte[][] theirs = FfmpegProgram.Decode(files);
            for (int i = 0; i < theirs.Length; i++) Pictures.AssertSame(theirs[i], ours[i].Bytes, ours[i], files[i].Item1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(1, SampleType.UInt8)]
    [InlineData(2, SampleType.UInt8)]
    [InlineData(3, SampleType.UInt8)]
    [InlineData(4, SampleType.UInt8)]
    [InlineData(1, SampleType.UInt16)]
    [InlineData(2, SampleType.UInt16)]
    [InlineData(3, SampleType.UInt16)]
    [InlineData(4, SampleType.UInt16)]
    public void What_is_written_is_read_again(int channels, SampleType type)
    {
        foreach ((int width, int height) in new[] { (1, 1), (2, 1), (1, 3), (17, 9), (100, 60), (300, 200) })
        {
            ImageBuffer random = Pictures.Random(width, height, channels, type, width),
                smooth = Pictures.Smooth(width, height, channels, type, width);
            Pictures.AssertSame(random, Pictures.Read(Pictures.Write(random, "a.png")), $"random {width} x {height}");
            Pictures.AssertSame(smooth, Pictures.Read(Pictures.Write(smooth, "a.png")), $"smooth {width} x {height}");
        }
    }

    [Fact]
    public void Ffmpeg_reads_what_is_written()
    {
        FfmpegProgram.Require();
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            var files = new List<(string, string)>();
            var images = new List<ImageBuffer>();
            foreach (SampleType type in new[] { SampleType.UInt8, SampleType.UInt16 })
                for (int channels = 1; channels <= 4; channels++)
                {
                    ImageBuffer image = Pictures.Smooth(257, 131, channels, type, channels);
                    string path = Path.Combine(folder, $"{channels}-{type}.png");
                    ImageFile.Write(path, image);
                    images.Add(image);
                    files.Add((path, FfmpegProgram.PixelFormat(image)));
                }
            byte[][] theirs = FfmpegProgram.Decode(files);
            for (int i = 0; i < theirs.Length; i++) Pictures.AssertSame(images[i].Bytes, theirs[i], images[i], files[i].Item1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Filters_make_smooth_pictures_small()
    {
        // A ramp costs nothing once each byte is told by its neighbours; without filters it does not compress so.
        var ramp = new ImageBuffer(512, 256, 1, SampleType.UInt16);
        for (int y = 0; y < 256; y++)
            for (int x = 0; x < 512; x++) ramp.Samples<ushort>()[y * 512 + x] = (ushort)(x * 100 + y * 37);
        byte[] unfiltered = PngBuilder.Compress(ramp.Bytes.ToArray());
        byte[] file = Pictures.Write(ramp, "ramp.png");
        Assert.True(file.Length * 20 < unfiltered.Length, $"{file.Length} bytes with filters, {unfiltered.Length} without");
    }

    [Fact]
    public void Rows_are_streamed_without_holding_the_picture()
    {
        // 12 000 x 2 500 RGB: 90 MB decoded.
        const int width = 12_000, height = 2_500;
        using var file = new MemoryStream();
        byte[] row = new byte[width * 3];
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (var writer = new PngWriter(file, width, height, 3, SampleType.UInt8,
            new ImageWriteSettings { Compression = System.IO.Compression.CompressionLevel.Fastest }))
            for (int y = 0; y < height; y++)
            {
                row.AsSpan().Fill((byte)y);
                writer.WriteRow(row);
            }
        file.Position = 0;
        using (var reader = new PngReader(file, "large"))
        {
            Assert.Equal((width, height, 3, SampleType.UInt8, width * 3),
                (reader.Width, reader.Height, reader.Channels, reader.SampleType, reader.RowBytes));
            for (int y = 0; y < height; y++)
            {
                reader.ReadRow(row);
                if (row.AsSpan().ContainsAnyExcept((byte)y)) Assert.Fail($"row {y} is wrong");
            }
            Assert.Equal("all 2500 rows have been read", Assert.Throws<InvalidOperationException>(() => reader.ReadRow(row)).Message);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 8 << 20, $"{allocated} bytes allocated for {(long)width * height * 3} bytes of pixels");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_one_by_one_are_the_picture(bool interlaced)
    {
        (byte[] file, ImageBuffer expected) = new PngBuilder { Width = 19, Height = 11, ColorType = 6, Depth = 16, Interlaced = interlaced,
            Seed = 5 }.Make();
        using var reader = new PngReader(new MemoryStream(file), "rows");
        byte[] row = new byte[reader.RowBytes];
        for (int y = 0; y < 11; y++)
        {
            reader.ReadRow(row);
            Assert.True(row.AsSpan().SequenceEqual(expected.Row(y)), $"row {y}");
        }
        Assert.Throws<InvalidOperationException>(() => reader.ReadRow(row));
        Assert.Throws<ArgumentException>(() => reader.ReadRow(new byte[3]));
    }

    [Fact]
    public void Reading_an_interlaced_picture_can_be_cancelled()
    {
        byte[] file = new PngBuilder { Width = 9, Height = 9, ColorType = 0, Depth = 8, Interlaced = true }.Make().File;
        Assert.Throws<OperationCanceledException>(() => ImageFile.Read(
            new MemoryStream(file), "test", cancellationToken: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_source_that_cannot_seek_serves_as_well()
    {
        (byte[] file, ImageBuffer expected) = new PngBuilder { Width = 31, Height = 17, ColorType = 2, Depth = 8, Seed = 3 }.Make();
        Pictures.AssertSame(expected, ImageFile.Read(new OneByteAtATime(file), "pipe"), "pipe");
    }

    [Fact]
    public void The_writer_names_what_it_cannot_hold()
    {
        var e = Assert.Throws<ArgumentException>(() => new PngWriter(Stream.Null, 1, 1, 1, SampleType.Float32));
        Assert.Equal("PNG holds UInt8 and UInt16 samples, not Float32: convert the picture first (Parameter 'sampleType')", e.Message);
        using var writer = new PngWriter(Stream.Null, 3, 1, 4, SampleType.UInt16);
        e = Assert.Throws<ArgumentException>(() => writer.WriteRow(new byte[3]));
        Assert.Equal("width * channels * bytes per sample are needed: 3 * 4 * 2 = 24, given 3 (Parameter 'samples')", e.Message);
    }

    private sealed class OneByteAtATime(byte[] data) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (count == 0 || _at == data.Length) return 0;
            buffer[offset] = data[_at++];
            return 1;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
