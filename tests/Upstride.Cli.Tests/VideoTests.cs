using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Videos: a generated clip with sound, subtitles and rotation through the tool, and y4m.</summary>
public sealed class VideoTests : IDisposable
{
    private const int Interrupt = 2, KillAtOnce = 9;

    // Lossless, so that frames are compared sample by sample.
    private static readonly string[] s_lossless = ["--codec", "ffv1"];

    private readonly TemporaryFolder _folder = new();

    private static string Tool_dll { get; } = Path.Combine(AppContext.BaseDirectory, "Upstride.Cli.dll");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_clip_keeps_sound_subtitles_times_and_colours_and_is_upright()
    {
        Clip("clip.mp4", rotation: 90);
        JsonElement report = Tool.Run(
            "upscale", At("clip.mp4"), "--scale", "2", "--method", "fsrcnn", "-o", At("large.mkv"), "--segment", "20", "--json",
            s_lossless[0], s_lossless[1]).Json();
        Assert.Equal(50, report.GetProperty("frames").GetInt64());
        Assert.Empty(report.GetProperty("notKept").EnumerateArray());

        // The rotation is applied: what was 32 x 24 and shown turned is 48 x 64.
        using JsonDocument probe = Probe("large.mkv");
        JsonElement[] streams = [.. probe.RootElement.GetProperty("streams").EnumerateArray()];
        Assert.Equal(["video", "audio", "subtitle"], streams.Select(static stream => stream.GetProperty("codec_type").GetString()));
        JsonElement video = streams[0];
        Assert.Equal((48, 64), (video.GetProperty("width").GetInt32(), video.GetProperty("height").GetInt32()));
        Assert.Equal("25/1", video.GetProperty("r_frame_rate").GetString());
        foreach ((string tag, string value) in new[] { ("color_space", "bt709"), ("color_primaries", "bt709"), ("color_transfer", "bt709"),
            ("color_range", "tv") })
            Assert.Equal(value, video.GetProperty(tag).GetString());
        Assert.Equal("Clip", probe.RootElement.GetProperty("format").GetProperty("tags").GetProperty("title").GetString());
        Assert.Equal(Hash("clip.mp4", "0:a"), Hash("large.mkv", "0:a"));
        Assert.Contains("World", Encoding.UTF8.GetString(Run("ffmpeg", "-v", "error", "-i", At("large.mkv"), "-map", "0:s", "-f", "srt",
            "-")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("large.mkv.segments")));

        // Each frame is what the picture of its luma becomes, and its colour differences what bicubic makes of them.
        (int width, int height, byte[][] frames) = Frames("clip.mp4");
        (int largeWidth, int largeHeight, byte[][] made) = Frames("large.mkv");
        Assert.Equal((24, 32, 48, 64, 50, 50), (width, height, largeWidth, largeHeight, frames.Length, made.Length));
        PictureUpscaler luma = PictureUpscaler.ForScale(2, new() { Quality = Models.Upscaling.UpscalingQuality.Fast });
        for (int i = 0; i < frames.Length; i++)
        {
            int pixels = width * height;
            byte[] expected =
            [
                .. Enlarge(luma, frames[i].AsSpan(0, pixels), width, height),
                .. Bicubic(frames[i].AsSpan(pixels, pixels / 4), width / 2, height / 2),
                .. Bicubic(frames[i].AsSpan(pixels / 4 * 5), width / 2, height / 2),
            ];
            Assert.True(expected.AsSpan().SequenceEqual(made[i]), $"frame {i}");
        }
    }

    /// <summary>
    /// Frames are what a player shows of the source, enlarged, in every container, and no mark turns them once more: Matroska, WebM and y4m
    /// keep none, and widths that are asked for are those that are seen.
    /// </summary>
    [Theory]
    [InlineData(90, "large.mp4", 24, 32)]
    [InlineData(180, "large.mkv", 32, 24)]
    [InlineData(270, "large.mp4", 24, 32)]
    [InlineData(270, "large.y4m", 24, 32)]
    public void A_turned_video_is_shown_as_it_was_everywhere(int rotation, string target, int width, int height)
    {
        Clip("clip.mp4", rotation);
        string[] codec = target switch
        {
            "large.mp4" => ["--codec", "libx264", "--crf", "0"], "large.mkv" => s_lossless, _ => [],
        };
        Tool.Run(["upscale", At("clip.mp4"), "--width", $"{3 * width}", "--method", "nearest", "-o", At(target), .. codec]).Text();
        using JsonDocument probe = Probe(target);
        JsonElement video = probe.RootElement.GetProperty("streams")[0];
        Assert.False(video.TryGetProperty("side_data_list", out _));
        Assert.False(video.TryGetProperty("tags", out JsonElement tags) && tags.TryGetProperty("rotate", out _));
        (int shownWidth, int shownHeight, byte[][] shown) = Frames("clip.mp4");
        (int madeWidth, int madeHeight, byte[][] made) = Frames(target);
        Assert.Equal((width, height, 3 * width, 3 * height, 50, 50), (shownWidth, shownHeight, madeWidth, madeHeight, shown.Length,
            made.Length));
        for (int i = 0; i < shown.Length; i++)
        {
            byte[] expected = [.. Tripled(shown[i].AsSpan(0, width * height), width, height),
                .. Tripled(shown[i].AsSpan(width * height, width * height / 4), width / 2, height / 2),
                .. Tripled(shown[i].AsSpan(width * height / 4 * 5), width / 2, height / 2)];
            Assert.True(expected.AsSpan().SequenceEqual(made[i]), $"frame {i}");
        }
    }

    [Fact]
    public void Times_of_a_variable_rate_stay()
    {
        Clip("even.mp4");
        Run("ffmpeg", "-v", "error", "-i", At("even.mp4"), "-vf", "setpts='PTS+floor(N/3)*700'", "-fps_mode", "passthrough",
            "-enc_time_base", "1/12800", "-video_track_timescale", "12800", "-an", At("clip.mp4"));
        Tool.Run("upscale", At("clip.mp4"), "--method", "nearest", "-o", At("large.mp4"), "--segment", "7").Text();
        string[] expected = Times("clip.mp4"), times = Times("large.mp4");
        Assert.Equal(50, expected.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(expected, times);
    }

    [Fact]
    public void A_part_of_ten_bits_and_an_even_size()
    {
        Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=32x24:r=10:d=3", "-pix_fmt", "yuv422p10le", "-c:v", "ffv1",
            At("clip.mkv"));
        Tool.Run("upscale", At("clip.mkv"), "--width", "48", "--method", "bicubic", "-o", At("large.mkv"), "--start", "0:01",
            "--duration", "1.5", "--codec", "ffv1").Text();
        using JsonDocument probe = Probe("large.mkv");
        JsonElement video = probe.RootElement.GetProperty("streams")[0];
        Assert.Equal(("yuv422p10le", 48, 36),
            (video.GetProperty("pix_fmt").GetString(), video.GetProperty("width").GetInt32(), video.GetProperty("height").GetInt32()));
        Assert.Equal(15, Times("large.mkv").Length);
    }

    [Fact]
    public async Task A_killed_run_goes_on_where_it_was()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        Clip("clip.mp4");
        string[] arguments =
            ["upscale", At("clip.mp4"), "--scale", "8", "--quality", "best", "-o", At("large.mkv"), "--segment", "3", .. s_lossless];
        string list = At("large.mkv.segments/segments.txt");
        using (Process process = Start(arguments))
        {
            while (!process.HasExited && (!File.Exists(list) || File.ReadLines(list).Count() < 3)) await Task.Delay(20);
            Assert.False(process.HasExited, "it must be killed on the way");
            Assert.Equal(0, Signal(process.Id, KillAtOnce));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.False(File.Exists(At("large.mkv")));
        DateTime first = File.GetLastWriteTimeUtc(At("large.mkv.segments/00000.nut"));
        Assert.Equal(2, Tool.Run([.. arguments, "--resume", "--crf", "3"]).Code);

        // Another method would not go with what is there.
        ToolResult other = Tool.Run([.. arguments.Select(static word => word == "best" ? "fast" : word), "--resume"]);
        Assert.Equal(2, other.Code);
        Assert.Contains("was made of another video, or with other settings", other.Error, StringComparison.Ordinal);
        Assert.Equal(first, File.GetLastWriteTimeUtc(At("large.mkv.segments/00000.nut")));

        // To the end, by the smallest method: the same command by another name would be refused, so it is the same.
        Tool.Run([.. arguments, "--resume"]).Text();
        Assert.False(Directory.Exists(At("large.mkv.segments")));
        (_, _, byte[][] resumed) = Frames("large.mkv");
        Tool.Run([.. arguments.Select(word => word == At("large.mkv") ? At("once.mkv") : word)]).Text();
        (_, _, byte[][] once) = Frames("once.mkv");
        Assert.Equal(50, once.Length);
        for (int i = 0; i < once.Length; i++) Assert.True(once[i].AsSpan().SequenceEqual(resumed[i]), $"frame {i}");
        Assert.Equal(Times("once.mkv"), Times("large.mkv"));
    }

    [Fact]
    public async Task An_interrupt_leaves_no_partial_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        Clip("clip.mp4");
        using Process process = Start(
            ["upscale", At("clip.mp4"), "--scale", "8", "--quality", "best", "-o", At("large.mkv"), .. s_lossless]);
        while (!process.HasExited && !File.Exists(At("large.mkv.segments/next.nut"))) await Task.Delay(20);
        Assert.Equal(0, Signal(process.Id, Interrupt));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, process.ExitCode);

        // On a busy machine a segment may be whole before the signal comes, and stays to go on with; else there is nothing.
        string segments = At("large.mkv.segments");
        Assert.Equal(["clip.mp4", "clip.srt"], Directory.GetFileSystemEntries(_folder.Path).Where(path => path != segments)
            .Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (!Directory.Exists(segments)) return;
        Assert.Contains("00000.nut", Directory.GetFiles(segments).Select(Path.GetFileName));
        Assert.False(File.Exists(At("large.mkv.segments/next.nut")));
    }

    [Theory]
    [InlineData("C420jpeg", 8, 2, 2)]
    [InlineData("C444", 8, 1, 1)]
    [InlineData("Cmono", 8, 0, 0)]
    [InlineData("C422p10 XYSCSS=422P10", 10, 2, 1)]
    public void Y4m_goes_through_plane_by_plane(string chroma, int bits, int across, int down)
    {
        const int width = 7, height = 5, frames = 3;
        var random = new Random(4);
        int bytes = bits > 8 ? 2 : 1, chromaWidth = across == 0 ? 0 : (width - 1) / across + 1,
            chromaHeight = down == 0 ? 0 : (height - 1) / down + 1;
        using var clip = new MemoryStream();
        clip.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{width} H{height} F30000:1001 Ip A4:3 {chroma}\n"));
        for (int frame = 0; frame < frames; frame++)
        {
            clip.Write("FRAME Ix\n"u8);
            for (int i = 0; i < width * height + 2 * chromaWidth * chromaHeight; i++)
            {
                int sample = random.Next(1 << bits);
                clip.Write(bytes == 1 ? [(byte)sample] : [(byte)sample, (byte)(sample >> 8)]);
            }
        }
        File.WriteAllBytes(At("clip.y4m"), clip.ToArray());
        Tool.Run("upscale", At("clip.y4m"), "--scale", "3", "--method", "nearest", "-o", At("large.y4m")).Text();
        byte[] source = clip.ToArray(), made = File.ReadAllBytes(At("large.y4m"));
        Assert.StartsWith("YUV4MPEG2 W21 H15 F30000:1001 Ip A4:3 ", Encoding.ASCII.GetString(made.AsSpan(0, 60)), StringComparison.Ordinal);
        int at = Array.IndexOf(source, (byte)'\n') + 1, target = Array.IndexOf(made, (byte)'\n') + 1;
        for (int frame = 0; frame < frames; frame++)
        {
            (at, target) = (at + "FRAME Ix\n".Length, target + "FRAME\n".Length);
            for (int plane = 0; plane < (across == 0 ? 1 : 3); plane++)
            {
                (int w, int h) = plane == 0 ? (width, height) : (chromaWidth, chromaHeight);
                (int w3, int h3) = plane == 0 ? (21, 15) : ((21 - 1) / across + 1, (15 - 1) / down + 1);
                for (int y = 0; y < h3; y++)
                    for (int x = 0; x < w3 * bytes; x++)
                        Assert.Equal(
                            source[at + (y * h / h3 * w + x / bytes * w / w3) * bytes + x % bytes], made[target + y * w3 * bytes + x]);
                (at, target) = (at + w * h * bytes, target + w3 * h3 * bytes);
            }
        }
        Assert.Equal((source.Length, made.Length), (at, target));
    }

    [Fact]
    public async Task Y4m_goes_through_standard_input_and_output()
    {
        byte[] clip = [.. "YUV4MPEG2 W2 H1 F25:1 C444\nFRAME\n"u8, 10, 200, 128, 90, 128, 160];
        using Process process = Start(["upscale", "-", "-o", "-", "--format", "y4m", "--method", "nearest"]);
        await process.StandardInput.BaseStream.WriteAsync(clip, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        byte[] expected = [.. "YUV4MPEG2 W4 H2 F25:1 C444\nFRAME\n"u8, 10, 10, 200, 200, 10, 10, 200, 200, 128, 128, 90, 90, 128, 128, 90,
            90, 128, 128, 160, 160, 128, 128, 160, 160];
        Assert.Equal(expected, output.ToArray());
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("RIFFxxxx\n", "it is no y4m video: it does not begin with YUV4MPEG2")]
    [InlineData("YUV4MPEG2 W0 H4 F25:1 C420\n", "its y4m header gives a width of '0'")]
    [InlineData("YUV4MPEG2 W4 H4 F25:0 C420\n", "its y4m header gives a rate of '0'")]
    [InlineData("YUV4MPEG2 W4 H4 F25:1 C444alpha\n", "its planes are of the kind C444alpha")]
    [InlineData("YUV4MPEG2 W2 H2 F25:1 Cmono\nFRAME\n12345", "frame 1 of the y4m video does not begin with FRAME")]
    [InlineData("YUV4MPEG2 W2 H2 F25:1 Cmono\nFRAME\n123", "truncated: frame 0 has 3 of its 4 bytes")]
    public void Bad_y4m_is_told(string content, string message)
    {
        File.WriteAllText(At("clip.y4m"), content);
        ToolResult result = Tool.Run("upscale", At("clip.y4m"), "-o", At("large.y4m"));
        Assert.Equal(2, result.Code);
        Assert.Contains($"clip.y4m: {message}", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("large.y4m")));
    }

    [Fact]
    public void Bad_input_is_told()
    {
        RequireFfmpeg();
        File.WriteAllText(At("clip.mp4"), "no video");
        ToolResult result = Tool.Run("upscale", At("clip.mp4"), "-o", At("large.mp4"));
        Assert.Equal(3, result.Code);
        Assert.Contains("Invalid data found when processing input", result.Error, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Tool.Run("upscale", At("none.mp4"), "-o", At("large.mp4")).Error,
            StringComparison.Ordinal);
        Assert.Contains("a video needs a file that ends in one of .mp4", Tool.Run("upscale", At("clip.mp4"), "-o", At("large.png")).Error,
            StringComparison.Ordinal);
        Assert.Contains("--crf is for videos", Tool.Run("upscale", At("photo.png"), "--crf", "3", "-o", At("large.png")).Error,
            StringComparison.Ordinal);
        Assert.Contains("--start: '1:75' is no time", Tool.Run("upscale", At("clip.mp4"), "--start", "1:75", "-o", At("large.mp4")).Error,
            StringComparison.Ordinal);
        Clip("good.mp4");
        result = Tool.Run("upscale", At("good.mp4"), "--codec", "nonsense", "-o", At("large.mp4"));
        Assert.Equal(3, result.Code);
        Assert.Contains("nonsense", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("large.mp4")) || Directory.Exists(At("large.mp4.segments")));
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private static void RequireFfmpeg() =>
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder =>
            File.Exists(Path.Combine(folder, "ffmpeg"))), "needs the program ffmpeg on the PATH: apt-get install ffmpeg");

    private static byte[] Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output.ToArray();
    }

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Tool_dll, .. arguments])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = false })!;

    private static byte[] Bicubic(ReadOnlySpan<byte> plane, int width, int height)
    {
        float[] values = [.. plane.ToArray().Select(static value => (float)value)];
        Tensor<float> larger = Imresize.Bicubic(new ReadOnlyTensorSpan<float>(values, [1, height, width]), 2.0, ImresizeRounding.Byte);
        var bytes = new byte[4 * width * height];
        for (int y = 0; y < 2 * height; y++)
            for (int x = 0; x < 2 * width; x++) bytes[2 * y * width + x] = (byte)larger[0, y, x];
        return bytes;
    }

    private static byte[] Tripled(ReadOnlySpan<byte> plane, int width, int height)
    {
        var larger = new byte[9 * width * height];
        for (int y = 0; y < 3 * height; y++)
            for (int x = 0; x < 3 * width; x++) larger[(3 * y * width) + x] = plane[(y / 3 * width) + (x / 3)];
        return larger;
    }

    private static byte[] Enlarge(PictureUpscaler upscaler, ReadOnlySpan<byte> plane, int width, int height)
    {
        var image = new ImageBuffer(width, height, 1);
        plane.CopyTo(image.Bytes);
        return upscaler.Upscale(image).Bytes.ToArray();
    }

    // 50 frames of 32 x 24 with a sound, two subtitles and a title.
    private void Clip(string name, int rotation = 0)
    {
        RequireFfmpeg();
        File.WriteAllText(At("clip.srt"),
            "1\n00:00:00,200 --> 00:00:01,000\nHello\n\n2\n00:00:01,100 --> 00:00:01,900\nWorld\n");
        Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=32x24:r=25:d=2", "-f", "lavfi", "-i", "sine=440:d=2", "-i",
            At("clip.srt"), "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-crf", "10", "-pix_fmt", "yuv420p", "-colorspace",
            "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv", "-c:a", "aac", "-c:s", "mov_text",
            "-metadata", "title=Clip", At("straight.mp4"));
        if (rotation == 0) File.Move(At("straight.mp4"), At(name));
        else
        {
            Run("ffmpeg", "-v", "error", "-i", At("straight.mp4"), "-map", "0", "-c", "copy", "-metadata:s:v:0",
                string.Create(CultureInfo.InvariantCulture, $"rotate={rotation}"), At(name));
            File.Delete(At("straight.mp4"));
        }
    }

    private JsonDocument Probe(string name) =>
        JsonDocument.Parse(Run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", At(name)));

    private string Hash(string name, string streams) =>
        Encoding.ASCII.GetString(Run("ffmpeg", "-v", "error", "-i", At(name), "-map", streams, "-c", "copy", "-f", "md5", "-"));

    private string[] Times(string name) =>
    [
        .. Encoding.ASCII.GetString(Run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of",
            "csv=p=0", At(name))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim(',', '\r')),
    ];

    // Planes of each frame, upright, in 4:2:0.
    private (int Width, int Height, byte[][] Frames) Frames(string name)
    {
        byte[] y4m = Run("ffmpeg", "-v", "error", "-i", At(name), "-map", "0:v:0", "-pix_fmt", "yuv420p", "-fps_mode", "passthrough", "-f",
            "yuv4mpegpipe", "-");
        int at = Array.IndexOf(y4m, (byte)'\n') + 1;
        string[] words = Encoding.ASCII.GetString(y4m, 0, at).Split(' ');
        int width = int.Parse(words[1].AsSpan(1), CultureInfo.InvariantCulture), height = int.Parse(words[2].AsSpan(1),
            CultureInfo.InvariantCulture), bytes = width * height * 3 / 2;
        var frames = new List<byte[]>();
        for (; at < y4m.Length; at += "FRAME\n".Length + bytes) frames.Add(y4m.AsSpan(at + "FRAME\n".Length, bytes).ToArray());
        return (width, height, [.. frames]);
    }

    private string At(string name) => _folder.File(name);
}
