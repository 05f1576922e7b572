using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Videos;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary><c>upscale --shard</c> of a video: the joined ranges have the frames, their times and the sound of one process's
/// video.</summary>
public sealed class ShardedVideoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The encoder that looks ahead, one that keeps every sample, and frames that come without ffmpeg.
    [Theory]
    [InlineData("clip.mp4", ".mp4", "--method bicubic")]
    [InlineData("clip.mp4", ".mkv", "--method fsrcnn --codec ffv1 --start 0.4 --duration 1.2")]
    [InlineData("clip.y4m", ".mkv", "--method nearest")]
    [InlineData("uneven.mkv", ".mp4", "--method nearest")]
    [InlineData("open.mkv", ".mkv", "--method nearest --codec ffv1")]
    [InlineData("late.mp4", ".mp4", "--method nearest")]
    public void Joined_ranges_are_the_video_of_one_process(string source, string extension, string options)
    {
        Clip(source);
        string[] how = ["--segment", "5", .. options.Split(' ')];
        Tool.Run(["upscale", At(source), "-o", At("whole" + extension), .. how]).Text();
        string larger = At("larger" + extension);
        foreach (int shard in (int[])[3, 1, 2])
        {
            string text = Tool.Run(["upscale", At(source), "-o", larger, "--shard", $"{shard}/3", .. how]).Text().ReplaceLineEndings("\n");
            Assert.StartsWith($"shard {shard} of 3, from --shard {shard}/3\nframes ", text, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(larger));
        JsonElement again = Tool.Run(["upscale", At(source), "-o", larger, "--shard", "2/3", .. how, "--json"]).Json();
        Assert.Equal(0, again.GetProperty("made").GetInt32());
        Assert.InRange(again.GetProperty("recognised").GetInt32(), 5, 20);

        int frames = Tool.Run("join", larger, "--json").Json().GetProperty("pictures").GetInt32();
        string[] expected = Frames("whole" + extension);
        Assert.Equal(frames, expected.Length);
        Assert.Equal(expected, Frames("larger" + extension));
        if (source != "clip.y4m") Assert.Equal(Sound("whole" + extension), Sound("larger" + extension));
        if (!how.Contains("--start", StringComparer.Ordinal) && source == "clip.mp4")
            Assert.Equal(Sound(source), Sound("larger" + extension));
        Assert.Equal(File.ReadAllBytes(At("whole" + extension)).Length, File.ReadAllBytes(larger).Length);
    }

    [Fact]
    public void Ranges_are_whole_segments_of_equal_number_and_cover_every_frame_once()
    {
        foreach ((long frames, int segment) in ((long, int)[])[(1, 1), (50, 7), (1000, 100), (172_800, 100), (10_007, 3)])
        {
            long segments = (frames + segment - 1) / segment;
            foreach (int count in (int[])[1, 2, 3, 7, 16, 64, 1000])
            {
                if (count > segments)
                {
                    CommandException fault = Assert.Throws<CommandException>(() => VideoRanges.Of(frames, segment, 1, count));
                    Assert.Contains("and at most as many shards", fault.Message, StringComparison.Ordinal);
                    continue;
                }
                long next = 0, least = long.MaxValue, most = 0;
                for (int number = 1; number <= count; number++)
                {
                    FrameRange range = VideoRanges.Of(frames, segment, number, count);
                    Assert.Equal((next, 0L, number == count), (range.First, range.First % segment, range.Count is null));
                    long length = VideoRanges.LengthOf(range, frames), whole = (length + segment - 1) / segment;
                    (next, least, most) = (next + length, Math.Min(least, whole), Math.Max(most, whole));
                }
                Assert.Equal(frames, next);
                Assert.InRange(most - least, 0, 1);
            }
        }
    }

    [Fact]
    public void A_damaged_segment_is_found_and_made_again()
    {
        Clip("clip.mp4");
        Shard("1/2").Text();
        Shard("2/2").Text();
        string damaged = Directory.GetFiles(At("y.mkv.shards"), "00002-of-00002-00001-*.nut").Single();
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[^20] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        ToolResult join = Tool.Run("join", At("y.mkv"));
        Assert.Equal(2, join.Code);
        Assert.Contains($"{damaged}: it is not as shard 2 of 2 wrote it, or not there: make that shard again", join.Error,
            StringComparison.Ordinal);
        Assert.False(File.Exists(At("y.mkv")));
        JsonElement made = Shard("2/2", "--json").Json();
        Assert.Equal((20, 5), (made.GetProperty("made").GetInt32(), made.GetProperty("recognised").GetInt32()));
        Assert.Equal("2 shards, 50 frames whole in " + At("y.mkv"), Tool.Run("join", At("y.mkv")).Text().Trim());
    }

    // Key frames every eight frames; a shard begins between them, and with one.
    [Theory]
    [InlineData("clip.mp4")]
    [InlineData("open.mkv")]
    [InlineData("uneven.mkv")]
    [InlineData("late.mp4")]
    [InlineData("fields.mp4", false)]
    [InlineData("clip.avi", false)]
    [InlineData("clip.ts", false)]
    public void A_range_is_decoded_from_the_key_frame_before_it(string source, bool seeks = true)
    {
        Clip(source);
        var request = new VideoRequest(At(source), At("y.mkv"), new(0, null), new(null, null), 5, false, "");
        CountedVideo video = CountedVideo.Of(request, TestContext.Current.CancellationToken);
        Assert.Equal((50, seeks), (video.Frames, video.Index is not null));
        List<(byte[] Frame, long Time)> whole = Read(VideoSource.ByFfmpeg(At(source), video.Probe!, video.Version, request.Part,
            TestContext.Current.CancellationToken));
        Assert.Equal(50, whole.Count);
        foreach ((int first, int? count) in ((int, int?)[])[(0, 5), (1, 3), (8, 8), (13, 20), (16, null), (31, 4), (49, 1), (49, null)])
        {
            List<(byte[] Frame, long Time)> range = Read(video.Open(new(first, count), TestContext.Current.CancellationToken));
            (byte[] Frame, long Time)[] expected = [.. whole.Skip(first).Take(count ?? 50)];
            Assert.Equal(expected.Select(static one => one.Time), range.Select(static one => one.Time));
            for (int i = 0; i < expected.Length; i++) Assert.True(expected[i].Frame.AsSpan().SequenceEqual(range[i].Frame), $"frame {i}");
        }
        Assert.Empty(Read(video.Open(new(60, null), TestContext.Current.CancellationToken)));

        static List<(byte[] Frame, long Time)> Read(VideoSource source)
        {
            using (source)
            {
                var frames = new List<(byte[], long)>();
                while (source.Next(TestContext.Current.CancellationToken)) frames.Add(([.. source.Frame], source.Microseconds));
                return frames;
            }
        }
    }

    [Fact]
    public async Task A_shard_reads_no_more_than_it_needs_and_asks_ffmpeg_once_which_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell");
        Clip("clip.mp4");
        Directory.CreateDirectory(At("bin"));
        foreach (string program in (string[])["ffmpeg", "ffprobe"])
        {
            await File.WriteAllTextAsync(At($"bin/{program}"),
                $"#!/bin/sh\necho \"{program} $*\" >> \"{At("log")}\"\nexec {Which(program)} \"$@\"\n",
                TestContext.Current.CancellationToken);
            Process.Start("chmod", ["+x", At($"bin/{program}")]).WaitForExit();
        }
        foreach ((string[] options, int encoders, bool seeks) in ((string[], int, bool)[])[
            (["-o", At("y.mkv"), "--shard", "3/3"], 4, true), (["-o", At("y.mkv"), "--shard", "1/3"], 3, false),
            (["-o", At("z.mkv")], 10, false)])
        {
            File.Delete(At("log"));
            using Process process = ShardProcessTests.Start(
                ["upscale", At("clip.mp4"), "--segment", "5", "--method", "nearest", .. options], At("bin"));
            Task<string> text = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, await text + error);
            string[] calls = await File.ReadAllLinesAsync(At("log"), TestContext.Current.CancellationToken);
            Assert.Single(calls, static call => call == "ffmpeg -version");
            Assert.Equal(encoders, calls.Count(static call => call.EndsWith(".nut", StringComparison.Ordinal) || call.Contains("-f nut ",
                StringComparison.Ordinal)));
            Assert.Equal(seeks, Assert.Single(calls, static call => call.Contains("showinfo", StringComparison.Ordinal))
                .Contains(" -ss ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Damage_elsewhere_changes_nothing_and_a_frame_that_is_lost_is_told()
    {
        Clip("clip.mp4");
        byte[] clip = File.ReadAllBytes(At("clip.mp4"));
        int[][] packets = [.. Ffmpeg("ffprobe", "-select_streams", "v:0", "-show_entries", "packet=pos,size", "-of", "csv=p=0",
            At("clip.mp4")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split(',').Take(2).Select(static word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray())];
        Shard("2/2").Text();
        byte[][] expected = Made();

        // What follows the first key frame, up to the second: without that one, decoding begins with the first frame that there is.
        foreach (int[] packet in packets[1..8]) clip.AsSpan(packet[1], packet[0]).Clear();
        File.WriteAllBytes(At("clip.mp4"), clip);
        Directory.Delete(At("y.mkv.shards"), recursive: true);
        Shard("2/2").Text();
        Assert.Equal(expected, Made());
        ToolResult first = Shard("1/2");
        Assert.Equal(42, first.Code);
        Assert.Contains("frame 1 is not shown when the container tells, so that shards cannot know it: the video is damaged", first.Error,
            StringComparison.Ordinal);

        byte[][] Made() => [.. Directory.GetFiles(At("y.mkv.shards"), "*.nut").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
    }

    [Fact]
    public void Join_refuses_a_mixture()
    {
        Clip("clip.mp4");
        string Join(params string[] options)
        {
            ToolResult result = Tool.Run(["join", At("y.mkv"), .. options]);
            Assert.NotEqual(0, result.Code);
            Assert.False(File.Exists(At("y.mkv")));
            return result.Error;
        }
        Shard("1/2").Text();
        Assert.Contains("1 of 2 shards are not finished: 2; make them", Join(), StringComparison.Ordinal);
        Shard("2/2", "--crf", "30").Text();
        Assert.Contains("settings '--segment 5' and settings '--crf 30 --segment 5'", Join(), StringComparison.Ordinal);
        Shard("2/2").Text();
        string manifest = At("y.mkv.shards/00002-of-00002.json"), text = File.ReadAllText(manifest);
        foreach ((string name, string other, string words) in ((string, string, string)[])[
            ("version", "\"another\"", "and version another"), ("vectorBits", "64", "and vectors of 64 bits"),
            ("fingerprint", "\"00\"", "and results 00 for the same small picture"),
            ("model", "\"00\"", "weights of the program and weights 00"),
            ("plan", "\"00\"", "or another picture or video"), ("encoder", "\"ffmpeg version 1\"", "and ffmpeg version 1, YUV4MPEG2 W64"),
            ("first", "20", "shard 2 of 2 begins with frame 20, and frame 25 was to come next"),
            ("video", "null, \"x\": 0", "shard 2 of 2 in")])
        {
            string wrong = name == "video"
                ? Regex.Replace(text, "\"video\": \\{.*\\}\\s*\\}\\s*$", "\"video\": null }", RegexOptions.Singleline)
                : Regex.Replace(text, $"\"{name}\": (\"[^\"]*\"|[^,\n]*)", $"\"{name}\": {other}");
            Assert.NotEqual(text, wrong);
            File.WriteAllText(manifest, wrong);
            Assert.Contains(words, Join(), StringComparison.Ordinal);
        }
        File.WriteAllText(manifest, text);
        File.Move(At("clip.mp4"), At("moved.mp4"));
        Assert.Contains("say with --source where it is", Join(), StringComparison.Ordinal);
        File.WriteAllText(At("other.mp4"), "another");
        Assert.Contains("it is not the video that the shards were made of", Join("--source", At("other.mp4")), StringComparison.Ordinal);
        Tool.Run("join", At("y.mkv"), "--source", At("moved.mp4")).Text();
    }

    [Fact]
    public void What_may_pass_next_time_ends_with_75_and_what_cannot_with_42()
    {
        Clip("clip.mp4");
        File.WriteAllText(At("bad.mp4"), "no video");
        (int Code, string Words)[] expected =
        [
            (75, "there is no such file"), (42, "Invalid data found"), (42, "nonsense"), (42, "at most as many shards"),
            (42, "written in one go and has no shards"), (42, "a shard knows by itself what is there"),
            (42, "--skip-existing is for pictures"),
            (42, "shards are of files"),
        ];
        string[][] lines =
        [
            ["upscale", At("none.mp4"), "-o", At("y.mkv"), "--shard", "1/2"],
            ["upscale", At("bad.mp4"), "-o", At("y.mkv"), "--shard", "1/2"],
            ["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "1/1", "--codec", "nonsense", "--method", "nearest"],
            ["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "1/2"],
            ["upscale", At("clip.mp4"), "-o", At("y.y4m"), "--shard", "1/2"],
            ["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "1/2", "--resume"],
            ["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "1/2", "--skip-existing"],
            ["upscale", "-", "-o", At("y.mkv"), "--shard", "1/2"],
        ];
        for (int i = 0; i < lines.Length; i++)
        {
            ToolResult result = Tool.Run(lines[i]);
            Assert.True(expected[i].Code == result.Code, $"{string.Join(' ', lines[i])}: {result.Code} {result.Error}");
            Assert.Contains(expected[i].Words, result.Error, StringComparison.Ordinal);
        }
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(75, Tool.Run(cancelled.Token, "upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "1/2", "--segment", "5").Code);
        Assert.False(File.Exists(At("y.mkv")));
    }

    [Fact]
    public async Task A_killed_shard_goes_on_and_two_workers_leave_one_whole_result()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs signals");
        Clip("clip.mp4");
        string[] how = ["--method", "nearest", "--segment", "2", "--codec", "ffv1"];
        string[] line = ["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "1/2", .. how];
        using (Process process = ShardProcessTests.Start(line))
        {
            _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (!process.HasExited && (!Directory.Exists(At("y.mkv.shards")) || Segments().Length < 2)) await Task.Delay(20);
            Assert.False(process.HasExited, "it must be killed on the way");
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        ToolResult[] results = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Tool.Run([.. line, "--json"]))));
        Assert.All(results, static result => Assert.True(result.Code == 0, result.Output + result.Error));
        Assert.All(results, static result => Assert.InRange(result.Json().GetProperty("recognised").GetInt32(), 2, 24));
        Tool.Run(["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", "2/2", .. how]).Text();
        Tool.Run("join", At("y.mkv")).Text();
        Tool.Run(["upscale", At("clip.mp4"), "-o", At("once.mkv"), .. how]).Text();
        Assert.Equal(Frames("once.mkv"), Frames("y.mkv"));
    }

    // ffmpeg 5.1 ends with 0 where its output was cut short.
    [Fact]
    public void A_full_file_system_ends_with_75_and_room_makes_it_whole()
    {
        using var small = new SmallFileSystem(At("small"), "8k");
        Clip("clip.mp4");
        string[] how = ["--method", "nearest", "--segment", "25", "--codec", "ffv1"], line = ["upscale", At("clip.mp4"), "-o",
            At("small/y.mkv"), "--shard", "1/2", .. how];
        ToolResult whole = Tool.Run(["upscale", At("clip.mp4"), "-o", At("small/x.mkv"), .. how]), shard = Tool.Run(line);
        Assert.Equal((3, 75), (whole.Code, shard.Code));
        Assert.Contains("No space left on device", shard.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(At("small"), "*.mkv", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(At("small"), "*.nut", SearchOption.AllDirectories));
        small.Resize("8m");
        foreach (string number in (string[])["1/2", "2/2"]) Tool.Run([.. line.Select(word => word == "1/2" ? number : word)]).Text();
        Tool.Run("join", At("small/y.mkv")).Text();
        Tool.Run(["upscale", At("clip.mp4"), "-o", At("x.mkv"), .. how]).Text();
        Assert.Equal(Frames("x.mkv"), Frames("small/y.mkv"));
    }

    [Fact]
    public void The_plan_tells_what_the_shards_make()
    {
        Clip("clip.mp4");
        JsonElement plan = Tool.Run("plan", At("clip.mp4"), "-o", At("y.mkv"), "--shards", "2", "--segment", "5", "--rate", "1000",
            "--method", "nearest", "--json").Json();
        Assert.False(Directory.Exists(At("y.mkv.shards")));
        Assert.Equal((50, 50 * 32 * 24), (plan.GetProperty("pictures").GetInt32(), plan.GetProperty("pixels").GetInt32()));
        JsonElement[] shards = [.. plan.GetProperty("shards").EnumerateArray()];
        Assert.Equal([25, 25], shards.Select(static shard => shard.GetProperty("pictures").GetInt32()));
        Assert.Equal(25 * 32 * 24 / 1000.0, shards[0].GetProperty("seconds").GetDouble(), 3);
        Assert.Contains("50 frames, 0.038 megapixels", Tool.Run("plan", At("clip.mp4"), "-o", At("y.mkv"), "--shards", "2", "--segment",
            "5", "--method", "nearest").Text(), StringComparison.Ordinal);
    }

    private ToolResult Shard(string shard, params string[] options) =>
        Tool.Run(["upscale", At("clip.mp4"), "-o", At("y.mkv"), "--shard", shard, "--method", "nearest", "--segment", "5", .. options]);

    private string[] Segments() => Directory.GetFiles(At("y.mkv.shards"), "0*.nut");

    // 50 frames of 32x24 with a sound, a key frame at least every eight; of the uneven one each is shown for a time of its own, of the
    // open one frames before a key frame look at it, and the late one begins after its sound.
    private void Clip(string name)
    {
        string[] frames = ["-f", "lavfi", "-i", "testsrc2=s=32x24:r=25:d=2"], sound = ["-f", "lavfi", "-i", "sine=440:d=2"];
        string[] coded = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "8", "-c:a", "aac"];
        Ffmpeg("ffmpeg", name switch
        {
            "clip.y4m" => [.. frames, "-pix_fmt", "yuv420p", At(name)],
            "uneven.mkv" => [.. frames, .. sound, "-vf", "setpts='PTS+floor(N/3)*0.03/TB'", "-fps_mode", "passthrough", .. coded, At(name)],
            "open.mkv" => [.. frames, .. sound, .. coded, "-x264-params", "open-gop=1:bframes=3:b-adapt=0", At(name)],
            "late.mp4" => ["-itsoffset", "0.377", .. frames, .. sound, "-fps_mode", "passthrough", .. coded, At(name)],
            "fields.mp4" => [.. frames, .. sound, .. coded, "-flags", "+ilme+ildct", "-x264-params", "tff=1", At(name)],
            _ => [.. frames, .. sound, .. coded, At(name)],
        });
    }

    private static string Which(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).First(File.Exists);

    // The checksum of each frame, with its time.
    private string[] Frames(string name) =>
        [.. Ffmpeg("ffmpeg", "-i", At(name), "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-").Split('\n')
            .Where(static line => line.Length > 0 && line[0] != '#')];

    // The checksum of the coded bytes.
    private string Sound(string name) => Ffmpeg("ffmpeg", "-i", At(name), "-map", "0:a", "-c", "copy", "-f", "md5", "-");

    /// <summary>Skips a test where there is no ffmpeg.</summary>
    internal static void RequireFfmpeg() =>
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder =>
            File.Exists(Path.Combine(folder, "ffmpeg"))), "needs the program ffmpeg on the PATH: apt-get install ffmpeg");

    private static string Ffmpeg(string program, params string[] arguments)
    {
        RequireFfmpeg();
        using Process process = Process.Start(new ProcessStartInfo(program,
            [.. program == "ffmpeg" ? (string[])["-nostdin"] : [], "-v", "error", .. arguments])
            { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.ASCII })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return text;
    }

    private string At(string name) => _folder.File(name);
}
