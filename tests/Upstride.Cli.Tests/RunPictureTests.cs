using Upstride.Imaging;
using Upstride.Onnx;
using Upstride.Onnx.Tests;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Pictures through models of a fixed size and of other orders of channels.</summary>
public sealed class RunPictureTests
{
    [Fact]
    public void A_picture_is_fitted_to_a_fixed_size_and_its_mask_back_and_the_tool_says_so()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "3", "8", "6").Output("y").Integers("axes", 1).Node("ReduceMean", "x", "y", ("axes",
            (long[])[1]))
            .Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("x.png"), Flat(12, 10, 80, 80, 80));
        string text = Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.png"), "--fit", "-o", folder.File("y.png")).Text();
        Assert.Contains("x: 12x10 resized to 6x8, which the model needs", text, StringComparison.Ordinal);
        Assert.Contains("y: 6x8 resized to 12x10, as the picture was", text, StringComparison.Ordinal);
        ImageBuffer mask = ImageFile.Read(folder.File("y.png"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((12, 10), (mask.Width, mask.Height));
        Assert.All(mask.ToPlanes(), static value => Assert.Equal(80 / 255f, value, 1e-6f));
        Assert.Contains("needs", Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.png"), "-o", folder.File("y.png")).Error,
            StringComparison.Ordinal);
        Assert.Contains("\"fitted\"", Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.png"), "--fit", "-o",
            folder.File("y.png"), "--json").Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_of_the_right_or_an_open_size_stays_as_it_is()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "3", "h", "6").Output("y").Node("Identity", "x", "y").Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("x.png"), UpscaleCommandTests.Noise(6, 9, 3, SampleType.UInt8, seed: 1));
        string text = Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.png"), "--fit", "-o", folder.File("y.png")).Text();
        Assert.DoesNotContain("resized", text, StringComparison.Ordinal);
        Assert.Equal(ImageFile.Read(folder.File("x.png"), cancellationToken: TestContext.Current.CancellationToken).ToPlanes(),
            ImageFile.Read(folder.File("y.png"), cancellationToken: TestContext.Current.CancellationToken).ToPlanes());
    }

    [Fact]
    public void A_cache_is_written_and_followed_by_run_and_by_upscale()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "3", "h", "w").Output("y").Random("w", 1, 3, 3, 3, 3)
            .Node("ConvTranspose", "x w", "y", ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 0, 0])).Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("x.png"), UpscaleCommandTests.Noise(12, 9, 3, SampleType.UInt8, seed: 1));
        string[] run = ["run", folder.File("m.onnx"), "-i", folder.File("x.png"), "-o", folder.File("y.npy")];
        string[] upscale = ["upscale", folder.File("x.png"), "--model", folder.File("m.onnx"), "--overwrite", "-o", folder.File("y.png")];
        foreach ((string[] command, string output) in new[] { (run, "y.npy"), (upscale, "y.png") })
        {
            Tool.Run(command).Text();
            byte[] expected = File.ReadAllBytes(folder.File(output));
            string cache = folder.File(output + ".plans");
            Tool.Run([.. command, "--cache", cache]).Text();
            string kept = File.ReadAllText(cache);
            Assert.StartsWith("upstride plans 1", kept, StringComparison.Ordinal);
            Assert.Contains("\nalgorithm ", kept, StringComparison.Ordinal);
            Tool.Run([.. command, "--cache", cache]).Text();
            Assert.Equal(expected, File.ReadAllBytes(folder.File(output)));
            Assert.Equal(kept, File.ReadAllText(cache));
        }
    }

    [Fact]
    public void Blue_first_is_exchanged_before_the_mean_and_back_after()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "3", "h", "w").Output("y").Floats("m", [3, 1, 1], 0, 1, 0).Node("Mul", "x m", "y")
            .Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("x.png"), Flat(2, 2, 200, 100, 50));
        Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.png"), "--order", "bgr", "--range", "0..255", "-o",
            folder.File("y.npy")).Text();
        new ModelBuilder().Input("x", "1", "3", "h", "w").Output("y").Floats("m", [3, 1, 1], 1, 0, 0).Node("Mul", "x m", "y")
            .Save(folder.File("blue.onnx"));
        Tool.Run("run", folder.File("blue.onnx"), "-i", folder.File("x.png"), "--order", "bgr", "--range", "0..255", "-o",
            folder.File("y.png")).Text();
        float[] planes = ImageFile.Read(folder.File("y.png"), cancellationToken: TestContext.Current.CancellationToken).ToPlanes();
        Assert.Equal([0f, 0f, 50 / 255f], new[] { planes[0], planes[4], planes[8] });
    }

    private static ImageBuffer Flat(int width, int height, params byte[] color) => ImageBuffer.FromPlanes(
        [.. color.SelectMany(value => Enumerable.Repeat(value / 255f, width * height))], width, height, color.Length);
}
