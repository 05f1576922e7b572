using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>What <c>plan</c> says of memory, beside the peaks of the shards' processes: enough, and not a multiple.</summary>
public sealed class ShardMemoryTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Sizes, channels, the source's format, the result's, options. Wide ones cost by their columns, high ones where they are held.
    [Theory]
    [InlineData(6000, 12, 3, "png", "png", "--quality fast --threads 2")]
    [InlineData(6000, 10, 3, "png", "png", "--quality balanced --threads 1")]
    [InlineData(4000, 16, 3, "png", "png", "--quality fast --scale 2.5")]
    [InlineData(96, 40, 3, "png", "png", "--quality best --threads 2")]
    [InlineData(20000, 12, 3, "png", "png", "--method bicubic")]
    [InlineData(2400, 2000, 3, "jpg", "png", "--method nearest")]
    [InlineData(1600, 1500, 3, "png", "jpg", "--method bicubic")]
    [InlineData(1600, 1500, 4, "png", "webp", "--method nearest")]
    [InlineData(1600, 1500, 4, "png", "png", "--method bicubic")]
    [InlineData(1200, 1000, 3, "png", "png", "--method transposed")]
    [InlineData(1200, 1000, 3, "tif", "bmp", "--method bed-of-nails")]
    public async Task A_shard_takes_no_more_memory_than_planned(int width, int height, int channels, string from, string to, string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of a process is read from /proc");
        Directory.CreateDirectory(_folder.File("in"));
        ImageFile.Write(_folder.File($"in/a.{from}"), UpscaleCommandTests.Noise(width, height, channels, SampleType.UInt8, seed: 1));
        string[] line = [_folder.File("in"), "-o", _folder.File("out"), "--format", to, .. options.Split(' ')];
        long planned = Tool.Run(["plan", .. line, "--shards", "1", "--rate", "1e6", "--json"]).Json().GetProperty("memory").GetInt64();
        long peak = await PeakAsync(["upscale", .. line, "--shard", "1/1"]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peak / 1e6:0} MB of {planned / 1e6:0}"));
        Assert.InRange(peak, planned / 3, planned);
    }

    [Fact]
    public async Task A_band_takes_no_more_memory_than_planned()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of a process is read from /proc");
        ImageFile.Write(_folder.File("a.png"), UpscaleCommandTests.Noise(3000, 200, 3, SampleType.UInt8, seed: 1));
        string[] line = [_folder.File("a.png"), "-o", _folder.File("b.png"), "--quality", "fast"];
        long planned = Tool.Run(["plan", .. line, "--shards", "4", "--rate", "1e6", "--json"]).Json().GetProperty("memory").GetInt64();
        Assert.InRange(await PeakAsync(["upscale", .. line, "--shard", "2/4"]), planned / 3, planned);
    }

    // Models of which tiles, their tensors and the weights take most; and one of little that looks at few pixels.
    [Theory]
    [InlineData("pytorch-super_resolution", "--scale 3")]
    [InlineData("waifu2x-upconv7", "--scale 2")]
    [InlineData("acnet_hdn0", "--scale 2")]
    public async Task A_model_takes_no_more_memory_than_planned(string model, string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of a process is read from /proc");
        Directory.CreateDirectory(_folder.File("in"));
        ImageFile.Write(_folder.File("in/a.png"), UpscaleCommandTests.Noise(240, 160, 3, SampleType.UInt8, seed: 1));
        string? file = SharedData.Find("models", "real", $"{model}.onnx");
        Assert.SkipUnless(file is not null, "needs ../shared/models");
        string[] line = [_folder.File("in"), "-o", _folder.File("out"), "--model", file, "--threads", "2", .. options.Split(' ')];
        long planned = Tool.Run(["plan", .. line, "--shards", "1", "--rate", "1e6", "--json"]).Json().GetProperty("memory").GetInt64();
        long peak = await PeakAsync(["upscale", .. line, "--shard", "1/1"]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peak / 1e6:0} MB of {planned / 1e6:0}"));
        Assert.InRange(peak, planned / 3, planned);
    }

    // The tool says before it starts what the model will take; the program and the file formats come to that.
    [Theory]
    [InlineData("pytorch-super_resolution", 700, 500, "--scale 3")]
    [InlineData("waifu2x-upconv7", 700, 500, "--scale 2")]
    [InlineData("acnet_hdn0", 1500, 1000, "--scale 2")]
    [InlineData("arnet_b16_hdn", 400, 300, "--threads 1")]
    public async Task A_run_by_a_model_takes_no_more_memory_than_the_tool_says_and_plans(string model, int width, int height,
        string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of a process is read from /proc");
        string? file = SharedData.Find("models", "real", $"{model}.onnx");
        Assert.SkipUnless(file is not null, "needs ../shared/models");
        Directory.CreateDirectory(_folder.File("in"));
        ImageFile.Write(_folder.File("in/a.png"), UpscaleCommandTests.Noise(width, height, 3, SampleType.UInt8, seed: 1));
        string[] how = ["--model", file, .. options.Split(' ')];
        long planned = Tool.Run(["plan", _folder.File("in"), "-o", _folder.File("out"), .. how, "--shards", "1", "--rate", "1e6", "--json"])
            .Json().GetProperty("memory").GetInt64();
        (long peak, string text) = await RunAsync(["upscale", _folder.File("in/a.png"), "-o", _folder.File("b.png"), .. how]);
        Match said = Regex.Match(text, @"tiled: .* in (?<megabytes>\d+) MB");
        Assert.True(said.Success, text);
        long stated = long.Parse(said.Groups["megabytes"].ValueSpan, CultureInfo.InvariantCulture) * 1_000_000;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{peak / 1e6:0} MB of {planned / 1e6:0}, {stated / 1e6:0} of the model"));
        Assert.InRange(peak, planned / 3, planned);

        // A quarter more where several sizes of tiles keep theirs, and what no model needs less of: see docs/cluster.md.
        Assert.InRange(planned, stated, (long)(1.25 * (stated + 1_000_000)) + 140_000_000 + (2_500L * 3 * width));
    }

    // With ffmpeg's processes, as a scheduler counts them.
    [Fact]
    public async Task A_range_of_a_video_takes_no_more_memory_than_planned()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of a process is read from /proc");
        ShardedVideoTests.RequireFfmpeg();
        string clip = _folder.File("clip.mp4");
        using (Process make = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=320x240:d=4", "-pix_fmt",
            "yuv420p", clip]))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        string[] line = [clip, "-o", _folder.File("larger.mp4"), "--method", "nearest"];
        long planned = Tool.Run(["plan", .. line, "--shards", "1", "--rate", "1e6", "--json"]).Json().GetProperty("memory").GetInt64();
        long peak = await PeakAsync(["upscale", .. line, "--shard", "1/1"]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peak / 1e6:0} MB of {planned / 1e6:0}"));
        Assert.InRange(peak, planned / 3, planned);
    }

    // The largest resident size of a process that ends well, as the kernel counts it.
    private static async Task<long> PeakAsync(string[] arguments) => (await RunAsync(arguments)).Peak;

    private static async Task<(long Peak, string Text)> RunAsync(string[] arguments)
    {
        using Process process = ShardProcessTests.Start(arguments);
        Task<string> text = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, Peak(process.Id) + Children(process.Id).Sum(static child => Read(child, "VmRSS:")));
            await Task.Delay(2);
        }
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {await text}{await error}");
        return (peak, await text + await error);
    }

    private static long Peak(int process) => Read(process, "VmHWM:");

    private static long Read(int process, string key)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            return line is null ? 0
                : 1024 * long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static int[] Children(int process)
    {
        try
        {
            return
            [
                .. Directory.GetDirectories($"/proc/{process}/task").SelectMany(static thread =>
                    File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(static number => int.Parse(number, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
