using System.Diagnostics;
using System.Runtime.InteropServices;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>The built program as a child process: what only a process has, its exit code and its signals.</summary>
public sealed class ProcessTests
{
    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Upstride.Cli.dll");

    [Theory]
    [InlineData(0, "shape --input 85x85 --kernel 9 --stride 3 --padding 4 --output-padding 2 --json")]
    [InlineData(0, "--help")]
    [InlineData(0, "--version")]
    [InlineData(1, "shape --from 4 --to 400 --kernel 3 --stride 2")]
    [InlineData(2, "shape --input 4 --kernel 3 --padding 9")]
    [InlineData(2, "shape --frobnicate")]
    [InlineData(0, "")]
    [InlineData(3, "upscale /nowhere/photo.png --scale 2 -o /nowhere/larger.png")]
    public async Task Exit_codes(int code, string arguments)
    {
        using Process process = Start(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        string output = await process.StandardOutput.ReadToEndAsync(), error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == code, $"exit code {process.ExitCode}: {output}{error}");
        Assert.Equal(code is 0 or 1, error.Length == 0);
    }

    [Fact]
    public async Task A_file_is_read_computed_and_written()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 2, 2], new[] { 1f, 2, 3, 4 }));
        NpyFile.Write(folder.File("w.npy"), new([1, 1, 2, 2], new[] { 1f, 10, 100, 1000 }));
        using Process process = Start(["apply", "conv-transpose2d", "--input", folder.File("x.npy"), "--weight", folder.File("w.npy"),
            "-o", folder.File("y.npy")]);
        string output = await process.StandardOutput.ReadToEndAsync(), error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal((0, ""), (process.ExitCode, error));
        Assert.StartsWith("float32 [1, 1, 2, 2] -> float32 [1, 1, 3, 3] in ", output, StringComparison.Ordinal);

        // 2x2 by 2x2 at stride 1 is 3x3, products overlapping in the middle.
        Assert.Equal([1f, 12, 20, 103, 1234, 2040, 300, 3400, 4000], (float[])NpyFile.Read(folder.File("y.npy")).Elements);
    }

    [Fact]
    public async Task A_variable_has_every_convolution_told_in_a_line()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 2, 2], new[] { 1f, 2, 3, 4 }));
        NpyFile.Write(folder.File("w.npy"), new([1, 1, 2, 2], new[] { 1f, 10, 100, 1000 }));
        using Process process = Start(["apply", "conv-transpose2d", "--input", folder.File("x.npy"), "--weight", folder.File("w.npy"),
            "-o", folder.File("y.npy")], ("UPSTRIDE_VERBOSE", "1"));
        string output = await process.StandardOutput.ReadToEndAsync(), error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith("float32 [1, 1, 2, 2] -> float32 [1, 1, 3, 3] in ", output, StringComparison.Ordinal);
        Assert.Matches(@"^forward run n1 ci1 co1 g1 i2x2 k2x2 s1x1 d1x1 c0\+0x0\+0 # \d+\.\d{3} ms, Single, [^\n]+\n$",
            error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task An_interrupt_while_writing_ends_with_130_and_leaves_no_partial_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGINT");
        using var folder = new TemporaryFolder();
        string picture = folder.File("noise.png"), larger = folder.File("larger.png");
        ImageFile.Write(picture, UpscaleCommandTests.Noise(1200, 1200, 1, SampleType.UInt16, seed: 1));

        // On a machine with no time to spare the picture can be finished before the interrupt arrives; then it is tried again.
        (int Code, string Error) ended = (0, "");
        for (int attempt = 0; attempt < 5 && ended.Code == 0; attempt++)
        {
            File.Delete(larger);
            ended = await InterruptWhileWriting(folder.Path, picture, larger);
        }
        Assert.Equal((130, "upstride: cancelled"), ended);
        Assert.Equal([picture], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_interrupt_of_training_ends_with_130_and_a_checkpoint()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGINT");
        using var folder = new TemporaryFolder();
        using Process process = Start(["train", "fsrcnn", "--synthetic", "2", "--scale", "2", "--size", "4x2x1", "--batch", "2", "--patch",
            "9", "--steps", "100000000", "-o", folder.File("x.safetensors")]);

        // The second line tells that training begins.
        string first = await process.StandardOutput.ReadLineAsync() ?? "", second = await process.StandardOutput.ReadLineAsync() ?? "";
        Assert.Equal(("FSRCNN(4, 2, 1) for scale 2, 476 weights", "1 picture in 5 sizes, 1 to validate by"), (first, second));
        _ = Kill(process.Id, signal: 2);
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith("upstride: cancelled", error.Trim(), StringComparison.Ordinal);
        Assert.Contains(folder.File("x.safetensors.checkpoint"), Directory.GetFileSystemEntries(folder.Path));
        Assert.DoesNotContain(folder.File("x.safetensors"), Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_interrupt_ends_the_server_of_the_explorer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGINT");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("index.html"), "<h1>first</h1>");
        using Process process = Start(["explore", "--no-browser", "--site", folder.Path]);
        string address = (await process.StandardOutput.ReadLineAsync() ?? "").Trim();
        using var client = new HttpClient();
        Assert.Equal("<h1>first</h1>", await client.GetStringAsync(new Uri(address)));
        _ = Kill(process.Id, signal: 2);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri(address)));
    }

    [Fact]
    public async Task A_picture_goes_from_standard_input_to_standard_output()
    {
        ImageBuffer image = UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 1);
        byte[] file = ImageFile.Encode(image, ImageFileFormat.Png);
        foreach (string[] options in (string[][])[[], ["--format", "bmp"]])
        {
            var start = new ProcessStartInfo("dotnet", [Program, "upscale", "-", "-o", "-", "--method", "nearest", .. options])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            await process.StandardInput.BaseStream.WriteAsync(file);
            process.StandardInput.Close();
            using var output = new MemoryStream();
            await process.StandardOutput.BaseStream.CopyToAsync(output);
            await process.WaitForExitAsync();
            Assert.Equal((0, "standard input: 18x14 by nearest"), (process.ExitCode, (await error).Trim()));
            Assert.Equal(options.Length == 0 ? "89504E47" : "424D", Convert.ToHexString(output.ToArray())[..(options.Length == 0 ? 8 : 4)]);
            ImageBuffer larger = ImageFile.Decode(output.ToArray());
            Assert.Equal((18, 14), (larger.Width, larger.Height));
            Assert.Equal(image.Row(3)[..3].ToArray(), larger.Row(7)[3..6].ToArray());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_a_terminal_the_answer_is_not_erased_with_the_progress_bar(bool several)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs the program script: apt-get install bsdutils");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in"));
        foreach (string name in (string[])["a.png", "b.png"])
            ImageFile.Write(folder.File("in/" + name), UpscaleCommandTests.Noise(60, 40, 3, SampleType.UInt8, seed: name[0]));
        string inputs = several ? $"{folder.File("in")} -o {folder.File("out")}"
            : $"{folder.File("in/a.png")} --truth {folder.File("in/b.png")} --scale 1 -o {folder.File("y.png")}";
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", $"stty cols 200 rows 50; dotnet {Program} upscale {inputs}",
            "/dev/null"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["TERM"] = "xterm-256color";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains('\u001b', output); // there was a bar
        string[] screen = TerminalScreen.Show(output);
        Assert.Contains(screen, static line => line.StartsWith("a.png: ", StringComparison.Ordinal));
        if (several) Assert.Contains(screen, static line => line.StartsWith("b.png: ", StringComparison.Ordinal));
        else Assert.Contains(screen, static line => line.StartsWith("PSNR of luma ", StringComparison.Ordinal));
        Assert.DoesNotContain(screen, static line => line.Contains('%', StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Error)> InterruptWhileWriting(string folder, string picture, string larger)
    {
        using Process process = Start(["upscale", picture, "--scale", "4", "--method", "bilinear", "-o", larger]);

        // The temporary file shows that the picture is being written; compressing 23 million samples takes long enough to be caught.
        var waited = Stopwatch.StartNew();
        while (Directory.GetFileSystemEntries(folder).Length < 2)
        {
            Assert.False(process.HasExited, "the program ended before it wrote anything");
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(5), "the program did not begin to write");
            await Task.Delay(1);
        }
        _ = Kill(process.Id, signal: 2);
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error.Trim());
    }

    private static Process Start(string[] arguments, params ReadOnlySpan<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
