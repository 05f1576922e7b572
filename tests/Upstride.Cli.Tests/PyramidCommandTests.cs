using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Inference;
using Upstride.Models.Pyramid;
using Upstride.Models.Residual;
using Upstride.Models.Upscaling;
using Upstride.Onnx;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>One file that serves several scales, from the training to the picture.</summary>
public sealed class PyramidCommandTests : IDisposable
{
    private const string Tiny = "--synthetic 3 --steps 3 --patch 6 --batch 2 --threads 1";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_makes_one_file_for_every_scale()
    {
        string[] lines = Train("--scale 8 --size 4x2x2", "x").Text().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal("upstride-pyramid(4, 2, 2) for scale 2, 4, 8, 808 weights", lines[0]);
        Assert.Equal("2 pictures in 10 sizes, 1 to validate by", lines[1]);
        Assert.StartsWith("upstride-pyramid(4, 2, 2) for scale 2, 4, 8 in ", lines[^1], StringComparison.Ordinal);
        Assert.Contains("scale 2, 4, 8", System.IO.File.ReadAllText(File("x.svg")), StringComparison.Ordinal);
        Assert.Equal(new PyramidSettings(3, 4, 2, 2), Read("x").Settings);

        // The same bits each time, and on from there: with as many levels or others, and with a residual network's convolutions.
        Train("--scale 8 --size 4x2x2", "y").Text();
        Assert.Equal(System.IO.File.ReadAllBytes(File("x.safetensors")), System.IO.File.ReadAllBytes(File("y.safetensors")));
        Train($"--scale 4 --from {File("x.safetensors")}", "four").Text();
        Assert.Equal(new PyramidSettings(2, 4, 2, 2), Read("four").Settings);
        new ResidualNetwork(new(2, 3, 1), new(1)).Write(File("best.safetensors"), TestContext.Current.CancellationToken);
        Train($"--scale 4 --from {File("best.safetensors")}", "begun").Text();
        Assert.Equal(new PyramidSettings(2, 3, 1), Read("begun").Settings);
        Train($"--scale 4 --size 3x1x2 --from {File("best.safetensors")}", "twice").Text();
        Assert.Equal(new PyramidSettings(2, 3, 1, 2), Read("twice").Settings);
    }

    [Fact]
    public void Wrong_arguments_are_told_of()
    {
        new PyramidNetwork(new(2, 3, 1), new RandomSource(1)).Write(File("x.safetensors"), TestContext.Current.CancellationToken);
        UpscalingNetwork fast = UpscalingWeights.Find(UpscalingQuality.Fast, 2)!;
        fast.Write(File("fast.safetensors"), TestContext.Current.CancellationToken);
        Refused("a pyramid's scale must be 2, 4, 8 or another power of two: 6", "--scale 6");
        Refused("--size is two or three numbers joined by x, as 16x11x1: 1 given", "--scale 4 --size 4");
        Refused("holds upstride-pyramid(3, 1, 1): leave out --size, or give its own",
            $"--scale 4 --size 3x2 --from {File("x.safetensors")}");
        Refused("holds no network of the architectures pyramid and best", $"--scale 4 --from {File("fast.safetensors")}");
        Refused("width and height of a picture must be at least patch * scale = 40 * 8 = 320", "--scale 8 --size 3x1 --patch 40");

        void Refused(string message, string options)
        {
            ToolResult result = Train(options, "n");
            Assert.Equal(2, result.Code);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_file_enlarges_evaluates_and_becomes_a_model_at_each_scale(int scale)
    {
        PyramidNetwork network = Draw();
        ImageBuffer image = UpscaleCommandTests.Noise(15, 11, 3, SampleType.UInt8, seed: 4);
        ImageFile.Write(File("x.png"), image);
        ImageBuffer expected = new PictureUpscaler(network.ToPlaneNetwork(scale)).Upscale(image);
        foreach (string tile in (string[])["auto", "3"])
        {
            Tool.RunLine(
                $"upscale {File("x.png")} --model {File("x.safetensors")} --scale {scale} --tile {tile} -o {File("y.png")}").Text();
            Assert.Equal(expected.Bytes, ImageFile.Read(File("y.png")).Bytes);
        }
        string photos = TrainCommandTests.Photos(_folder, 2, 72, 64);
        Assert.Equal(scale, Tool.RunLine($"evaluate --images {photos} --scale {scale} --method {File("x.safetensors")} --json").Json()
            .GetProperty("scale").GetInt32());
        Tool.RunLine($"export sr --model {File("x.safetensors")} --scale {scale} -o {File("x.onnx")}").Text();
        Assert.Equal(scale, OnnxModel.Load(File("x.onnx")).Graph.Nodes
            .Where(static node => node.OperatorName == "ConvTranspose").Aggregate(1, static (product, _) => product * 2));
        Tool.RunLine($"upscale {File("x.png")} --model {File("x.onnx")} -o {File("z.png")}").Text();

        // Other orders of sums may carry a sample over the middle between two whole ones.
        Assert.All(expected.ToPlanes().Zip(ImageFile.Read(File("z.png")).ToPlanes()),
            static pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f / 255));
    }

    [Fact]
    public void Its_own_scale_is_the_largest_and_other_sizes_are_made_of_its_scales()
    {
        PyramidNetwork network = Draw();
        ImageBuffer image = UpscaleCommandTests.Noise(9, 7, 1, SampleType.UInt8, seed: 4);
        ImageFile.Write(File("x.png"), image);
        Tool.RunLine($"upscale {File("x.png")} --model {File("x.safetensors")} -o {File("y.png")}").Text();
        Assert.Equal(new PictureUpscaler(network.ToPlaneNetwork(8)).Upscale(image).Bytes, ImageFile.Read(File("y.png")).Bytes);
        Tool.RunLine($"upscale {File("x.png")} --model {File("x.safetensors")} --scale 6 -o {File("z.png")}").Text();
        Assert.Equal(
            new PictureUpscaler(network.Scales.Select(network.ToPlaneNetwork), TargetSize.ByFactor(6)).Upscale(image).Bytes,
            ImageFile.Read(File("z.png")).Bytes);
        ToolResult refused = Tool.RunLine(
            $"upscale {File("x.png")} --model {File("x.safetensors")} --scale 3 -o {File("n.png")}");
        Assert.Equal(2, refused.Code);
        Assert.Contains("it is a network for scales 2, 4, 8, and not for 3", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tools_own_enlarges_eight_times_and_says_so()
    {
        ImageBuffer image = UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 4);
        ImageFile.Write(File("x.png"), image);
        ToolResult result = Tool.RunLine($"upscale {File("x.png")} --scale 8 --quality balanced -o {File("y.png")} --json");
        Assert.Equal("balanced", result.Json().GetProperty("method").GetString());
        PlaneNetwork network = UpscalingWeights.Find(UpscalingQuality.Balanced, 8)!.ToPlaneNetwork();
        Assert.Equal(3, network.Layers.Count(static layer => layer.Transposed));
        Assert.Equal(new PictureUpscaler(network).Upscale(image).Bytes, ImageFile.Read(File("y.png")).Bytes);

        // Of compressed pictures the weights for such make the first step, and others the second.
        Assert.DoesNotContain(8, UpscalingWeights.ScalesOf(UpscalingQuality.Balanced, isCompressed: true));
        Assert.Contains(4, UpscalingWeights.ScalesOf(UpscalingQuality.Balanced, isCompressed: true));
        Tool.RunLine($"upscale {File("x.png")} --scale 8 --degradation jpeg -o {File("z.png")}").Text();
        Assert.Equal(
            PictureUpscaler.ForScale(8, new() { IsCompressed = true }).Upscale(image).Bytes, ImageFile.Read(File("z.png")).Bytes);
        Assert.NotEqual(ImageFile.Read(File("y.png")).Bytes.ToArray(), ImageFile.Read(File("z.png")).Bytes.ToArray());
    }

    // What no network of a quality makes at once is made by two, as upscale makes it.
    [Fact]
    public void A_scale_that_no_network_has_is_evaluated_by_steps()
    {
        string photos = TrainCommandTests.Photos(_folder, 1, 96, 96);
        double steps = Psnr("fast", 6), bicubic = Psnr("bicubic", 6);
        Assert.True(steps > bicubic, $"{steps} dB, bicubic {bicubic}");
        ToolResult refused = Tool.RunLine($"evaluate --images {photos} --scale 5 --method fast");
        Assert.Equal(2, refused.Code);
        Assert.Contains("weights are here for scale 2, 3, 4, and not for 5", refused.Error, StringComparison.Ordinal);

        double Psnr(string method, int scale) => Tool.RunLine($"evaluate --images {photos} --scale {scale} --method {method} --json")
            .Json().GetProperty("mean").GetProperty("psnr").GetDouble();
    }

    private PyramidNetwork Draw()
    {
        var network = new PyramidNetwork(new(3, 4, 2), new RandomSource(3));
        foreach ((string name, var parameter) in network.NamedParameters())
            if (name is "residual" or "upsample") new RandomSource(5).FillNormal(0, 0.1, parameter.Values);
        network.Write(File("x.safetensors"), TestContext.Current.CancellationToken);
        return Read("x");
    }

    private PyramidNetwork Read(string name) =>
        Assert.IsType<PyramidNetwork>(UpscalingNetworkFile.Read(File(name + ".safetensors")));

    private ToolResult Train(string options, string output) => Tool.RunLine(
        $"train sr --architecture pyramid {options} {(options.Contains("--patch") ? "--synthetic 3 --steps 3" : Tiny)} "
        + $"-o {File(output + ".safetensors")}");

    private string File(string name) => _folder.File(name);
}
