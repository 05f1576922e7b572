namespace Upstride.Imaging.Tests;

public class BmpTests
{
    private static readonly (int, int)[] rgb565 = [(5, 11), (6, 5), (5, 0), (0, 0)];
    private static readonly (int, int)[] argb = [(8, 16), (8, 8), (8, 0), (8, 24)];

    private static IEnumerable<BmpBuilder> Forms(int width, int height)
    {
        int seed = width * 100 + height;
        foreach (int depth in new[] { 1, 4, 8, 16, 24, 32 })
            foreach (bool topDown in new[] { false, true })
                yield return new BmpBuilder { Width = width, Height = height, Depth = depth, TopDown = topDown, Seed = seed };
        foreach (int depth in new[] { 1, 4, 8, 24 })
            yield return new BmpBuilder { Width = width, Height = height, Depth = depth, HeaderSize = 12, Seed = seed };
        foreach (int size in new[] { 40, 52, 56, 108, 124 })
        {
            yield return new BmpBuilder { Width = width, Height = height, Depth = 16, HeaderSize = size, Masks = rgb565, Seed = seed };
            yield return new BmpBuilder { Width = width, Height = height, Depth = 32, HeaderSize = size,
                Masks = [(8, 0), (8, 8), (8, 16), (0, 0)], Seed = seed };
            if (size >= 56)
                yield return new BmpBuilder { Width = width, Height = height, Depth = 32, HeaderSize = size, Masks = argb, Seed = seed };
        }
        yield return new BmpBuilder { Width = width, Height = height, Depth = 32, Masks = [(10, 20), (10, 10), (10, 0), (0, 0)],
            Seed = seed };
        yield return new BmpBuilder { Width = width, Height = height, Depth = 16, HeaderSize = 56,
            Masks = [(4, 8), (4, 4), (4, 0), (4, 12)], Seed = seed };
        yield return new BmpBuilder { Width = width, Height = height, Depth = 16, HeaderSize = 56,
            Masks = [(16, 0), (0, 0), (1, 0), (0, 0)], Seed = seed };
    }

    [Fact]
    public void Reads_every_form()
    {
        for (int width = 1; width <= 9; width++)
            foreach (BmpBuilder form in Forms(width, 3).Concat(Forms(40, 30)))
            {
                (byte[] file, ImageBuffer expected) = form.Make();
                Pictures.AssertSame(expected, Pictures.Read(file),
                    $"{form.Width} x {form.Height}, {form.Depth} bits, header {form.HeaderSize}, top down {form.TopDown}");
            }
    }

    [Fact]
    public void Built_files_are_right_by_ffmpeg_too()
    {
        FfmpegProgram.Require();
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            // ffmpeg takes 5 and 6 bits to 8 by repeating the high bits, not to the nearest: only 8-bit channels are compared. It has no
            // header of 52.
            BmpBuilder[] forms = [.. Forms(13, 7).Where(form => form.Depth is not 16 && form.HeaderSize is not 52
                && form.Masks is not [(10, _), ..] && (form.Masks is not null || form.Depth != 32))];
            ImageBuffer[] ours = new ImageBuffer[forms.Length];
            var files = new List<(string, string)>();
            for (int i = 0; i < forms.Length; i++)
            {
                byte[] file = forms[i].Make().File;
                ours[i] = Pictures.Read(file);
                files.Add((Path.Combine(folder, $"{i}.bmp"), FfmpegProgram.PixelFormat(ours[i])));
                File.WriteAllBytes(files[i].Item1, file);
            }
            byte[][] theirs = FfmpegProgram.Decode(files);
            for (int i = 0; i < forms.Length; i++)
                Pictures.AssertSame(theirs[i], ours[i].Bytes, ours[i],
                    $"{forms[i].Depth} bits, header {forms[i].HeaderSize}, top down {forms[i].TopDown}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Reads_runs_of_8_bits()
    {
        // From the bottom: a run and literals with padding; a skip; an empty row; no end mark needed after the last.
        byte[] runs = [3, 7, 0, 3, 1, 2, 4, 0, 0, 0, 0, 2, 2, 0, 1, 9, 0, 0, 0, 0, 6, 5, 0, 1];
        byte[] file = new BmpBuilder { Width = 6, Height = 4, Depth = 8 }.WithRuns(1, runs);
        AssertIndices([[5, 5, 5, 5, 5, 5], [0, 0, 0, 0, 0, 0], [0, 0, 9, 0, 0, 0], [7, 7, 7, 1, 2, 4]], file);
    }

    [Fact]
    public void Reads_runs_of_4_bits()
    {
        byte[] runs = [5, 0x3A, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 1];
        byte[] file = new BmpBuilder { Width = 5, Height = 3, Depth = 4 }.WithRuns(2, runs);
        AssertIndices([[0, 0, 0, 0, 0], [1, 2, 3, 4, 5], [3, 10, 3, 10, 3]], file);
    }

    private static void AssertIndices(int[][] rows, byte[] file)
    {
        ImageBuffer image = Pictures.Read(file);
        Assert.Equal((rows[0].Length, rows.Length, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(rows.SelectMany(row => row).SelectMany(index => Enumerable.Repeat((byte)(index * 3), 3)), image.Bytes.ToArray());
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 4)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    public void What_is_written_is_read_again(int channels, int stored)
    {
        for (int width = 1; width <= 6; width++)
        {
            ImageBuffer image = Pictures.Random(width, 5, channels, SampleType.UInt8, width);
            ImageBuffer back = Pictures.Read(Pictures.Write(image, "a.bmp"));
            Assert.Equal((width, 5, stored), (back.Width, back.Height, back.Channels));
            for (int i = 0; i < width * 5; i++)
                for (int c = 0; c < stored; c++)
                {
                    int source = channels >= 3 ? c : c < 3 ? 0 : 1; // grey becomes three equal colours
                    Assert.Equal(image.Bytes[i * channels + source], back.Bytes[i * stored + c]);
                }
        }
    }

    [Fact]
    public void Ffmpeg_reads_what_is_written()
    {
        FfmpegProgram.Require();
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            foreach (int channels in new[] { 3, 4 })
            {
                ImageBuffer image = Pictures.Random(23, 11, channels, SampleType.UInt8, channels);
                string path = Path.Combine(folder, $"{channels}.bmp");
                ImageFile.Write(path, image);
                Pictures.AssertSame(image.Bytes, FfmpegProgram.Decode([(path, FfmpegProgram.PixelFormat(image))])[0], image, path);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
