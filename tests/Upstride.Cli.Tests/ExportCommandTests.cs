using System.Text.Json;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Upscaling;
using Upstride.Onnx;
using Upstride.Onnx.Export;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Networks go out as ONNX models, and pictures go through such models.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, SampleType> Forms =>
        new(from channels in (int[])[1, 2, 3, 4] from type in (SampleType[])[SampleType.UInt8, SampleType.UInt16] select (channels, type));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_tools_own_network_is_written()
    {
        JsonElement json = Tool.Run("export", "fsrcnn", "--scale", "3", "-o", File("f.onnx"), "--json").Json();
        Assert.Equal(3, json.GetProperty("scale").GetInt32());
        Assert.Equal("FSRCNN(56, 12, 4)", json.GetProperty("model").GetString());
        Assert.Equal(json.GetProperty("parameters").GetInt64(), OnnxModel.Load(File("f.onnx")).Parameters);
        UpscalingNetworkFile.WriteOnnx(File("g.onnx"), FsrcnnWeights.Find(3)!);
        Assert.Equal(System.IO.File.ReadAllBytes(File("g.onnx")), System.IO.File.ReadAllBytes(File("f.onnx")));
    }

    [Theory]
    [InlineData("fast", UpscalingQuality.Fast)]
    [InlineData("balanced", UpscalingQuality.Balanced)]
    [InlineData("best", UpscalingQuality.Best)]
    public void The_tools_network_of_a_quality_is_written(string word, UpscalingQuality quality)
    {
        Tool.Run("export", "sr", "--scale", "2", "--quality", word, "-o", File("f.onnx")).Text();
        UpscalingNetworkFile.WriteOnnx(File("g.onnx"), UpscalingWeights.Find(quality, 2)!);
        Assert.Equal(System.IO.File.ReadAllBytes(File("g.onnx")), System.IO.File.ReadAllBytes(File("f.onnx")));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_file_of_weights_enlarges_as_its_model_does(int channels, SampleType type)
    {
        FsrcnnFile.Write(File("w.safetensors"), new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5)));
        ImageFile.Write(File("x.png"), Opaque(UpscaleCommandTests.Noise(23, 19, channels, type, seed: 4)));
        Tool.Run("export", "fsrcnn", "--model", File("w.safetensors"), "-o", File("w.onnx")).Text();
        foreach (string model in (string[])["w.safetensors", "w.onnx"]) Upscale(2, model, model + ".png").Text();
        ImageBuffer expected = ImageFile.Read(File("w.safetensors.png")), actual = ImageFile.Read(File("w.onnx.png"));
        Assert.Equal((expected.Width, expected.Height, channels, type), (actual.Width, actual.Height, actual.Channels, actual.SampleType));

        // Other orders of sums may carry a sample over the middle between two whole ones.
        float step = type == SampleType.UInt8 ? 1 / 255f : 4 / 65535f;
        Assert.All(
            expected.ToPlanes().Zip(actual.ToPlanes()),
            pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f * step));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_model_of_colours_enlarges_colours_and_alpha_is_bicubic(int channels, SampleType type)
    {
        OnnxExport.Write(
            File("nearest.onnx"), new Upsample<float>(2),
            new() { InputShape = [new(null, "batch"), new(3, null), new(null, "height"), new(null, "width")] });
        UpscalingNetworkFile.WriteOnnx(File("luma.onnx"), new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5)));
        ImageBuffer image = UpscaleCommandTests.Noise(23, 19, channels, type, seed: 4);
        ImageFile.Write(File("x.png"), Opaque(image));
        Assert.Equal("onnx", Upscale(2, "nearest.onnx", "y.png", "--json").Json().GetProperty("method").GetString());
        Tool.Run("upscale", File("x.png"), "--scale", "2", "--method", "nearest", "-o", File("nearest.png")).Text();
        Assert.Equal(ImageFile.Read(File("nearest.png")).ToPlanes(), ImageFile.Read(File("y.png")).ToPlanes());
        if (!image.HasAlpha) return;

        // Other orders of sums may carry a sample over the middle between two whole ones.
        ImageFile.Write(File("x.png"), image);
        foreach (string model in (string[])["nearest", "luma"]) Upscale(2, model + ".onnx", model + ".png").Text();
        float[] alpha = AlphaOf("nearest.png"), bicubic = AlphaOf("luma.png");
        float step = type == SampleType.UInt8 ? 1 / 255f : 1 / 65535f;
        Assert.All(bicubic.Zip(alpha), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f * step));

        float[] AlphaOf(string name)
        {
            ImageBuffer made = ImageFile.Read(File(name));
            return made.ToPlanes()[^(made.Width * made.Height)..];
        }
    }

    [Fact]
    public void How_a_picture_goes_through_is_said_before_it_does()
    {
        ImageFile.Write(File("x.png"), UpscaleCommandTests.Noise(23, 19, 3, SampleType.UInt8, seed: 4));
        UpscalingNetworkFile.WriteOnnx(File("luma.onnx"), new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5)));
        string[] lines = Tool.Run("upscale", File("x.png"), "--model", File("luma.onnx"), "--tile", "16", "-o",
            File("y.png")).Text().Split('\n');
        Assert.StartsWith("x.png: tiled: 9 tiles of 16x16 pixels, which depend on up to ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("; luma in 0..1, scale 2", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("x.png: 46x38 by onnx", lines[1], StringComparison.Ordinal);
        Assert.Contains("luma in 0..255, scale 2",
            Tool.Run("upscale", File("x.png"), "--model", File("luma.onnx"), "--model-range", "0..255", "-o", File("y.png")).Text(),
            StringComparison.Ordinal);
        Assert.Contains("picture tiled: ", Tool.Run("inspect", File("luma.onnx"), "--picture", "100x120").Text(), StringComparison.Ordinal);
        Assert.StartsWith("tiled: ",
            Tool.Run("inspect", File("luma.onnx"), "--picture", "100x120", "--json").Json().GetProperty("picture").GetString(),
            StringComparison.Ordinal);
        ToolResult refused = Tool.Run("upscale", File("x.png"), "--model-range", "0..255", "-o", File("y.png"));
        Assert.Contains("--model-range, --model-layout, --model-channels and --cache are for an ONNX model", refused.Error,
            StringComparison.Ordinal);
    }

    // [batch, height, width, channels], as TensorFlow has it: the same network between two transpositions.
    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    [InlineData(3, 24)]
    public void A_model_of_channels_last_enlarges_as_one_of_channels_first(int channels, int declared)
    {
        ImageFile.Write(File("x.png"), UpscaleCommandTests.Noise(37, 29, channels, SampleType.UInt8, seed: 4));
        Module<float>[] layers = [new Conv2d<float>(channels, 8, 3, padding: 1, random: new(1)), new ReLU<float>(),
            new ConvTranspose2d<float>(8, channels, 4, stride: 2, padding: 1, random: new(2))];
        OnnxDimension batch = declared > 0 ? new(1, null) : new(null, "batch"), of = new(channels, null),
            height = declared > 0 ? new(declared, null) : new(null, "height"),
            width = declared > 0 ? new(declared, null) : new(null, "width");
        OnnxExport.Write(File("first.onnx"), new Sequential<float>(layers), new() { InputShape = [batch, of, height, width] });
        OnnxExport.Write(File("last.onnx"),
            new Sequential<float>([new Permute<float>(0, 3, 1, 2), .. layers, new Permute<float>(0, 2, 3, 1)]),
            new() { InputShape = [batch, height, width, of] });
        foreach (string model in (string[])["first", "last"])
            Assert.StartsWith("x.png: tiled: ", Upscale(2, $"{model}.onnx", $"{model}.png", "--tile", "16").Text(),
                StringComparison.Ordinal);
        Assert.Equal(ImageFile.Read(File("first.png")).Bytes.ToArray(), ImageFile.Read(File("last.png")).Bytes.ToArray());
        Upscale(2, "last.onnx", "told.png", "--model-layout", "nhwc").Text();
        Assert.Equal(ImageFile.Read(File("first.png")).Bytes.ToArray(), ImageFile.Read(File("told.png")).Bytes.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_numbers()
    {
        ImageFile.Write(File("x.png"), UpscaleCommandTests.Noise(8, 6, 3, SampleType.UInt8, seed: 4));
        UpscalingNetworkFile.WriteOnnx(File("w.onnx"), new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5)));
        OnnxExport.Write(File("flat.onnx"), new Linear<float>(2, 3, random: new(1)));
        OnnxExport.Write(File("huge.onnx"),
            new Sequential<float>(new Upsample<float>(PerAxis.Create([1, 60000])), new MaxPool<float>(PerAxis.Create([1, 60000])),
            new InstanceNorm<float>(3)),
                new() { InputShape = [new(1, null), new(3, null), new(null, "height"), new(null, "width")] });
        Refused("w.onnx", 3, "3, and the model's is 2: choose the scale that the model has");
        Refused("flat.onnx", 3, "the model must have one input of four axes, a picture: it has x: float32 [batch, 2]");
        Refused("w.onnx", 2, "is the method itself: leave out --method bicubic", "--method", "bicubic");
        Refused("w.onnx", 2, "--self-ensemble is for the method network", "--self-ensemble");
        Refused("x.onnx", 2, "x.onnx");
        ImageFile.Write(File("x.png"), UpscaleCommandTests.Noise(100, 100, 3, SampleType.UInt8, seed: 4));
        Refused("huge.onnx", 1, "normalises by the mean and the variance of the whole picture");
        Refused("huge.onnx", 1, "settings.Limits.MaximalMemory = 4294967296");

        void Refused(string model, int scale, string message, params string[] options)
        {
            ToolResult result = Upscale(scale, model, "y.png", options);
            Assert.NotEqual(0, result.Code);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
            Assert.False(System.IO.File.Exists(File("y.png")));
        }
    }

    [Fact]
    public void A_network_that_is_not_there_is_refused()
    {
        Refused("--scale or --model is needed: the tool has weights for ", []);
        Refused(", and not for 17: name a file that 'upstride train' wrote with --model", ["--scale", "17"]);
        FsrcnnFile.Write(File("w.safetensors"), new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5)));
        Refused("it is a network for scale 2, and not for 3", ["--model", File("w.safetensors"), "--scale", "3"]);

        void Refused(string message, string[] options)
        {
            ToolResult result = Tool.Run(["export", "fsrcnn", "-o", File("f.onnx"), .. options]);
            Assert.Equal(2, result.Code);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
            Assert.False(System.IO.File.Exists(File("f.onnx")));
        }
    }

    // What is hidden is filled from what is seen, as far as each network looks: opaque pictures do not depend on that.
    private static ImageBuffer Opaque(ImageBuffer image)
    {
        float[] planes = image.ToPlanes();
        if (image.HasAlpha) planes.AsSpan(^(image.Width * image.Height)..).Fill(1);
        return ImageBuffer.FromPlanes(planes, image.Width, image.Height, image.Channels, image.SampleType);
    }

    private ToolResult Upscale(int scale, string model, string output, params string[] options) =>
        Tool.Run(["upscale", File("x.png"), "--scale", $"{scale}", "--model", File(model), "-o", File(output), .. options]);

    private string File(string name) => _folder.File(name);
}
