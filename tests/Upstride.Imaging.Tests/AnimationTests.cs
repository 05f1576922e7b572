using System.Buffers.Binary;

namespace Upstride.Imaging.Tests;

/// <summary>Animations frame by frame, each as other programs show it.</summary>
public sealed class AnimationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("none", "-dispose none")]
    [InlineData("background", "-dispose background")]
    [InlineData("previous", "-dispose previous")]
    [InlineData("optimized", "-layers optimize")]
    public void GIF_frames_are_those_that_ImageMagick_coalesces(string name, string options)
    {
        string magick = OtherPrograms.ImageMagick, path = At(name + ".gif");
        OtherPrograms.Run(magick,
        [
            "-delay", "13", "-loop", "3", .. options.StartsWith("-dispose", StringComparison.Ordinal) ? options.Split(' ') : [],
            "-size", "24x16", "xc:red", "(", "-size", "8x6", "xc:blue", "-repage", "24x16+3+2", ")", "(", "-size", "5x9", "xc:lime",
                "-repage", "24x16+12+4", ")",
            "(", "-size", "24x16", "xc:none", "-fill", "white", "-draw", "circle 12,8 15,8", ")",
            .. options.StartsWith("-layers", StringComparison.Ordinal) ? options.Split(' ') : [], path,
        ]);
        using ImageReader reader = ImageReader.Open(path);
        Assert.Equal((4, TimeSpan.FromMilliseconds(130)), (reader.Animation.Frames, reader.Delay));
        byte[] theirs = OtherPrograms.Run(magick, path, "-coalesce", "-depth", "8", "rgba:-");
        int length = 24 * 16 * 4;
        Assert.Equal(4 * length, theirs.Length);
        for (int frame = 0; frame < 4; frame++)
        {
            if (frame > 0) Assert.True(reader.NextFrame());
            ImageBuffer ours = reader.ReadFrame();
            AssertLooksLike(theirs.AsSpan(frame * length, length), ours, $"{name}, frame {frame}");
        }
        Assert.False(reader.NextFrame());
    }

    [Theory]
    [InlineData(ImageFileFormat.Gif, 3)]
    [InlineData(ImageFileFormat.Gif, 4)]
    [InlineData(ImageFileFormat.Png, 3)]
    [InlineData(ImageFileFormat.Png, 4)]
    [InlineData(ImageFileFormat.Png, 1)]
    public void What_is_written_is_read_again_and_by_ffmpeg(ImageFileFormat format, int channels)
    {
        ImageBuffer[] frames = [.. Enumerable.Range(0, 5).Select(frame => Sprite(channels, frame))];
        string path = At("a" + ImageFile.ExtensionOf(format));
        using (FileStream stream = File.Create(path)) Write(stream, format, frames, plays: 0);
        using ImageReader reader = ImageReader.Open(path);
        Assert.Equal((new ImageAnimation(5, 0), format), (reader.Animation, reader.FileFormat));
        for (int i = 0; i < frames.Length; i++)
        {
            if (i > 0) Assert.True(reader.NextFrame());
            Assert.Equal(TimeSpan.FromMilliseconds(40 + 10 * i), reader.Delay);
            AssertLooksLike(Rgba(frames[i]), reader.ReadFrame(), $"frame {i}");
        }
        Assert.False(reader.NextFrame());

        string ffmpeg = FfmpegProgram.Require();
        byte[] theirs = OtherPrograms.Run(ffmpeg, "-v", "error", "-nostdin", "-i", path, "-fps_mode", "passthrough", "-pix_fmt", "rgba",
            "-f", "rawvideo", "-");
        int length = 20 * 12 * 4;
        Assert.Equal(5 * length, theirs.Length);
        for (int i = 0; i < 5; i++) AssertLooksLike(theirs.AsSpan(i * length, length), frames[i], $"ffmpeg, frame {i}");
    }

    [Fact]
    public void Sixteen_bits_move_in_a_PNG()
    {
        ImageBuffer[] frames = [.. Enumerable.Range(0, 3).Select(static i => Pictures.Random(7, 5, 4, SampleType.UInt16, i))];
        using var file = new MemoryStream();
        Write(file, ImageFileFormat.Png, frames, plays: 2);
        file.Position = 0;
        using ImageReader reader = ImageReader.Open(file, "a");
        Assert.Equal(new ImageAnimation(3, 2), reader.Animation);
        for (int i = 0; i < 3; i++)
        {
            if (i > 0) Assert.True(reader.NextFrame());
            Pictures.AssertSame(frames[i], reader.ReadFrame(), $"frame {i}");
        }

        // A program that shows no animations sees the first frame.
        file.Position = 0;
        Pictures.AssertSame(frames[0], ImageFile.Read(file, "a"), "still");
    }

    [Fact]
    public void Blended_and_disposed_frames_of_a_PNG_are_as_ffmpeg_shows_them()
    {
        string path = At("a.png");
        File.WriteAllBytes(path, Blended());
        byte[] theirs = OtherPrograms.Run(FfmpegProgram.Require(), "-v", "error", "-nostdin", "-i", path, "-fps_mode", "passthrough",
            "-pix_fmt", "rgba", "-f", "rawvideo", "-");
        using ImageReader reader = ImageReader.Open(path);
        int length = 8 * 8 * 4, count = reader.Animation.Frames;
        Assert.Equal(4, count);
        for (int frame = 0; frame < count; frame++)
        {
            if (frame > 0) Assert.True(reader.NextFrame());
            byte[] ours = Rgba(reader.ReadFrame());
            for (int i = 0; i < length; i += 4)
            {
                ReadOnlySpan<byte> expected = theirs.AsSpan(frame * length + i, 4), found = ours.AsSpan(i, 4);
                Assert.InRange(found[3] - expected[3], -1, 1);

                // Where little shows, a level of alpha is many of a colour.
                for (int c = 0; c < 3 && expected[3] > 0; c++) Assert.InRange((found[c] - expected[c]) * expected[3] / 255, -2, 2);
            }
        }
    }

    [Fact]
    public void The_shared_case_has_two_frames()
    {
        using ImageReader reader = ImageReader.Open(SharedData.Path("cases", "apng.png"));
        Assert.Equal(2, reader.Animation.Frames);
        ImageBuffer first = reader.ReadFrame();
        Assert.True(reader.NextFrame());
        Assert.False(first.Bytes.SequenceEqual(reader.ReadFrame().Bytes));
    }

    [Fact]
    public void Frames_are_asked_for_in_order_and_whole()
    {
        using var writer = new ImageWriter(Stream.Null, ImageFileFormat.Gif, new(4, 3, 3, SampleType.UInt8), animation: new(2, 0));
        byte[] row = new byte[12];
        Assert.Throws<InvalidOperationException>(() => writer.WriteRow(row));
        writer.StartFrame(TimeSpan.Zero);
        writer.WriteRow(row);
        Assert.Equal("frame 0 has 1 of 3 rows", Assert.Throws<InvalidOperationException>(() => writer.StartFrame(TimeSpan.Zero)).Message);
        writer.WriteRow(row);
        writer.WriteRow(row);
        writer.StartFrame(TimeSpan.Zero);
        for (int y = 0; y < 3; y++) writer.WriteRow(row);
        Assert.Throws<InvalidOperationException>(() => writer.StartFrame(TimeSpan.Zero));
        Assert.Throws<InvalidOperationException>(() => writer.WriteRow(row));

        using var still = new ImageWriter(Stream.Null, ImageFileFormat.Jpeg, new(4, 3, 3, SampleType.UInt8), animation: new(5, 0));
        Assert.Equal((1, "4 further frames"), (still.Frames, Assert.Single(still.Losses)));
    }

    [Fact]
    public void Frames_that_are_not_there_and_too_many_are_refused()
    {
        ImageBuffer[] frames = [.. Enumerable.Range(0, 5).Select(static frame => Sprite(3, frame))];
        using var gif = new MemoryStream();
        Write(gif, ImageFileFormat.Gif, frames, 0);
        using ImageReader limited = ImageReader.Open(new MemoryStream(gif.ToArray()), "a", new() { MaxPixels = 1000 });
        Assert.Equal("its 5 frames of 20 x 12 pixels are 1200 pixels, above the limit of 1000 (MaxPixels)",
            Assert.Throws<ImageFormatException>(() => limited.NextFrame()).Fault);

        using var png = new MemoryStream();
        Write(png, ImageFileFormat.Png, frames, 0);
        byte[] file = png.ToArray();
        int control = file.AsSpan().IndexOf("acTL"u8);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(control + 4), 6);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(control + 12), PngBuilder.CheckSum(file.AsSpan(control, 12)));
        using ImageReader lying = ImageReader.Open(new MemoryStream(file), "a");
        for (int i = 1; i < 5; i++) Assert.True(lying.NextFrame());
        Assert.StartsWith("truncated: its acTL chunk announces 6 frames, and there are 5",
            Assert.Throws<ImageFormatException>(() => lying.NextFrame()).Fault, StringComparison.Ordinal);
    }

    private static void Write(Stream stream, ImageFileFormat format, ImageBuffer[] frames, int plays)
    {
        using var writer = new ImageWriter(stream, format, frames[0].Format, animation: new(frames.Length, plays));
        for (int i = 0; i < frames.Length; i++)
        {
            writer.StartFrame(TimeSpan.FromMilliseconds(40 + 10 * i));
            for (int y = 0; y < frames[i].Height; y++) writer.WriteRow(frames[i].Row(y));
        }
    }

    // A square of few colours that moves; with alpha over nothing.
    private static ImageBuffer Sprite(int channels, int frame)
    {
        var image = new ImageBuffer(20, 12, channels);
        for (int y = 0; y < 12; y++)
            for (int x = 0; x < 20; x++)
            {
                bool inside = x >= 2 * frame && x < 2 * frame + 7 && y is >= 2 and < 9;
                Span<byte> pixel = image.Row(y).Slice(x * channels, channels);
                if (inside) pixel.Fill((byte)(200 - 30 * frame));
                if (inside && channels >= 3) pixel[1] = (byte)(17 * (x + y) % 255);
                if (inside && channels == 4) pixel[3] = 255;
            }
        return image;
    }

    // Four frames over 8x8: the whole; one blended that stays; one blended that is taken back; one that replaces and is cleared.
    private static byte[] Blended()
    {
        var random = new Random(3);
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        PngBuilder.WriteChunk(file, "IHDR", [0, 0, 0, 8, 0, 0, 0, 8, 8, 6, 0, 0, 0]);
        PngBuilder.WriteChunk(file, "acTL", [0, 0, 0, 4, 0, 0, 0, 0]);
        int number = 0;
        (int X, int Y, int Width, int Height, byte Disposal, byte Blend)[] frames =
            [(0, 0, 8, 8, 0, 0), (1, 2, 5, 4, 0, 1), (2, 1, 4, 6, 2, 1), (3, 3, 4, 4, 1, 0)];
        foreach (var frame in frames)
        {
            byte[] control = new byte[26];
            void Word(int at, int value) => BinaryPrimitives.WriteInt32BigEndian(control.AsSpan(at), value);
            Word(0, number++);
            Word(4, frame.Width);
            Word(8, frame.Height);
            Word(12, frame.X);
            Word(16, frame.Y);
            (control[21], control[23], control[24], control[25]) = (1, 10, frame.Disposal, frame.Blend);
            PngBuilder.WriteChunk(file, "fcTL", control);
            byte[] rows = new byte[frame.Height * (1 + 4 * frame.Width)];
            random.NextBytes(rows);
            for (int y = 0; y < frame.Height; y++) rows[y * (1 + 4 * frame.Width)] = 0;
            byte[] data = PngBuilder.Compress(rows);
            if (number == 1) PngBuilder.WriteChunk(file, "IDAT", data);
            else PngBuilder.WriteChunk(file, "fdAT", [0, 0, 0, (byte)number++, .. data]);
        }
        PngBuilder.WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Rgba(ImageBuffer image)
    {
        var rgba = new byte[image.Width * image.Height * 4];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            ReadOnlySpan<byte> pixel = image.Bytes.Slice(i * image.Channels, image.Channels);
            for (int c = 0; c < 3; c++) rgba[4 * i + c] = pixel[image.Channels >= 3 ? c : 0];
            rgba[4 * i + 3] = image.HasAlpha ? pixel[^1] : (byte)255;
        }
        return rgba;
    }

    // What is not seen may have any colour.
    private static void AssertLooksLike(ReadOnlySpan<byte> rgba, ImageBuffer image, string what)
    {
        byte[] ours = Rgba(image);
        Assert.Equal(rgba.Length, ours.Length);
        for (int i = 0; i < ours.Length; i += 4)
            if (rgba[i + 3] != ours[i + 3] || (rgba[i + 3] > 0 && !rgba.Slice(i, 3).SequenceEqual(ours.AsSpan(i, 3))))
                Assert.Fail($"{what}, pixel {i / 4}: {Convert.ToHexString(rgba.Slice(i, 4))} expected, "
                    + $"{Convert.ToHexString(ours.AsSpan(i, 4))} found");
    }

    private string At(string name) => Path.Combine(_folder, name);
}
