using System.Diagnostics;
using Upstride.Imaging;
using Upstride.Models.Tests.Generation;

namespace Upstride.Models.Tests;

/// <summary>The samples of the three applications, as processes, on little data.</summary>
public class SampleTests
{
    [Fact]
    public async Task Super_resolution_learns_and_enlarges()
    {
        using var folder = new TemporaryFolder();
        string output = await Run("SuperResolution", Path.Combine(SharedData.Checkout, "samples", "scene-small.png"),
            folder.File("large.png"), "8");
        Assert.Contains("step 8: ", output, StringComparison.Ordinal);
        Assert.Contains("bicubic interpolation: ", output, StringComparison.Ordinal);
        ImageBuffer larger = ImageFile.Read(folder.File("large.png"));
        Assert.Equal((320, 216), (larger.Width, larger.Height));
    }

    [Fact]
    public async Task Generation_learns_and_makes_pictures()
    {
        using var folder = new TemporaryFolder();
        byte[] pictures = new byte[40 * 28 * 28];
        for (int i = 0; i < pictures.Length; i++) pictures[i] = (byte)(i / 28 % 28 is > 8 and < 20 && i % 28 is > 6 and < 18 ? 255 : 0);
        PictureSetTests.WriteIdx(folder.File("x.gz"), [40, 28, 28], pictures, compressed: true);
        string output = await Run("Generation", folder.File("x.gz"), folder.File("grid.png"), "4");
        Assert.Contains("40 pictures", output, StringComparison.Ordinal);
        Assert.Contains("step 4: real pictures taken for real ", output, StringComparison.Ordinal);
        Assert.Equal(8 * 34 - 2, ImageFile.Read(folder.File("grid.png")).Width);
        Assert.True(File.Exists(folder.File("grid.safetensors")));
    }

    [Fact]
    public async Task Segmentation_learns_and_marks()
    {
        using var folder = new TemporaryFolder();
        string output = await Run("Segmentation", folder.File("overlay.png"), "8");
        Assert.Contains("step 8: loss ", output, StringComparison.Ordinal);
        ImageBuffer overlay = ImageFile.Read(folder.File("overlay.png"));
        Assert.Equal((96, 64, 3), (overlay.Width, overlay.Height, overlay.Channels));
    }

    [Theory]
    [InlineData("SuperResolution")]
    [InlineData("Generation")]
    [InlineData("Segmentation")]
    public async Task Without_arguments_a_sample_says_what_it_takes(string sample)
    {
        (int code, string _, string error) = await Start(sample);
        Assert.Equal(2, code);
        Assert.StartsWith(sample + " <", error, StringComparison.Ordinal);
    }

    private static async Task<string> Run(string sample, params string[] arguments)
    {
        (int code, string output, string error) = await Start(sample, arguments);
        Assert.True(code == 0, $"{sample}: {code}: {output}{error}");
        return output;
    }

    private static async Task<(int Code, string Output, string Error)> Start(string sample, params string[] arguments)
    {
        string program = Path.Combine(SharedData.Checkout, "artifacts", "bin", sample, "release", sample + ".dll");
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
