using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class EvaluateCommandTests
{
    private static readonly LumaPlane[] _pictures = new DeadLeaves(45, 38, 4).CreateMany(2);

    [Fact]
    public void Bicubic_as_a_table()
    {
        using var folder = new TemporaryFolder();
        string[] lines =
            [.. Tool.RunLine($"evaluate --images {Photos(folder)} --scale 3 --method bicubic").Text().ReplaceLineEndings("\n").Split('\n')
            .Select(static line => line.Trim()).Where(static line => line.Length > 0)];
        string[] rows =
            [.. lines.Select(static line => string.Join(' ', line.Split([' ', '|', '│', '─', '-'], StringSplitOptions.RemoveEmptyEntries)))
            .Where(static line => line.Length > 0)];
        Quality[] expected = [.. _pictures.Select(static picture => UpscalingEvaluation.Judge(new BicubicUpscaler(3), picture))];
        Assert.Equal(
            [
                "picture PSNR (dB) uncropped SSIM", Row("0.png", expected[0]), Row("1.png", expected[1]),
                Row("mean", new(Mean(static one => one.Psnr), Mean(static one => one.PsnrUncropped), Mean(static one => one.Ssim))),
            ],
            rows);

        double Mean(Func<Quality, double> value) => expected.Average(value);
        static string Row(string name, Quality quality) =>
            string.Create(CultureInfo.InvariantCulture, $"{name} {quality.Psnr:F2} {quality.PsnrUncropped:F2} {quality.Ssim:F4}");
    }

    [Fact]
    public void Bicubic_as_json()
    {
        using var folder = new TemporaryFolder();
        JsonElement json = Tool.RunLine($"evaluate --images {Photos(folder)} --scale 2 --method bicubic --json").Json();
        Assert.Equal(["scale", "method", "mean", "images"], Keys(json));
        Assert.Equal((2, "bicubic"), (json.GetProperty("scale").GetInt32(), json.GetProperty("method").GetString()));
        Assert.Equal(["psnr", "psnrUncropped", "ssim"], Keys(json.GetProperty("mean")));
        JsonElement[] images = [.. json.GetProperty("images").EnumerateArray()];
        Assert.All(images, static image => Assert.Equal(["file", "psnr", "psnrUncropped", "ssim"], Keys(image)));
        Assert.Equal(["0.png", "1.png"], images.Select(static image => image.GetProperty("file").GetString()));
        foreach (string key in Keys(json.GetProperty("mean")))
            Assert.Equal(images.Average(image => image.GetProperty(key).GetDouble()), json.GetProperty("mean").GetProperty(key).GetDouble(),
                1e-9);
    }

    // The picture is rounded to whole levels before it is judged, and two ways to add up one sum can lie on two sides of a half: a level at
    // such a
    // place changes by one. One in a hundred does at most, for errors of ten levels and more the PSNR by less than 10 log10(1 + 2 * 0.01 /
    // 10) dB.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_model_is_judged_as_on_the_tape(int scale)
    {
        using var folder = new TemporaryFolder();
        var network = new FsrcnnNetwork(new(scale, 10, 4, 2), new RandomSource(3));
        FsrcnnFile.Write(folder.File("m.safetensors"), network, TestContext.Current.CancellationToken);
        JsonElement json =
            Tool.RunLine($"evaluate --images {Photos(folder)} --scale {scale} --method {folder.File("m.safetensors")} --json").Json();
        Assert.Equal(folder.File("m.safetensors"), json.GetProperty("method").GetString());
        double bound = 10 * Math.Log10(1 + 2 * 0.01 / 10);
        for (int i = 0; i < _pictures.Length; i++)
        {
            Quality expected = UpscalingEvaluation.Judge(new OnTape(network), _pictures[i],
                cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(expected.Psnr, json.GetProperty("images")[i].GetProperty("psnr").GetDouble(), bound);
            Assert.Equal(expected.PsnrUncropped, json.GetProperty("images")[i].GetProperty("psnrUncropped").GetDouble(), bound);
            Assert.Equal(expected.Ssim, json.GetProperty("images")[i].GetProperty("ssim").GetDouble(), 0.001);
        }
    }

    [Fact]
    public void Fsrcnn_needs_weights()
    {
        using var folder = new TemporaryFolder();
        string message = FsrcnnWeights.Scales is []
            ? "no weights are in this build: name a file that 'upstride train' wrote"
            : $"weights are here for scale {string.Join(", ", FsrcnnWeights.Scales)}, and not for 7: name a file that 'upstride train' "
            + $"wrote";
        Assert.Equal(message, Fails(2, "method", $"evaluate --images {Photos(folder)} --scale 7 --method fsrcnn"));
        foreach (int scale in FsrcnnWeights.Scales) Tool.RunLine($"evaluate --images {folder.File("photos")} --scale {scale}").Text();
        foreach (string quality in (string[])["fast", "balanced", "best"])
            Tool.RunLine($"evaluate --images {folder.File("photos")} --scale 2 --method {quality} --jpeg 50").Text();
        Assert.Equal("1 <= jpeg <= 100 must hold: 0", Fails(2, "jpeg", $"evaluate --images {Photos(folder)} --scale 2 --jpeg 0"));
    }

    [Fact]
    public void Failures_name_what_is_wrong()
    {
        using var folder = new TemporaryFolder();
        string photos = Photos(folder), empty = Directory.CreateDirectory(folder.File("empty")).FullName,
            broken = Directory.CreateDirectory(folder.File("broken")).FullName,
            small = Directory.CreateDirectory(folder.File("small")).FullName;
        File.WriteAllText(Path.Combine(broken, "a.png"), "this is no picture");
        ImageFile.Write(Path.Combine(small, "a.png"), new ImageBuffer(17, 30, 1));
        FsrcnnFile.Write(folder.File("x3.safetensors"), new FsrcnnNetwork(new(3, 8, 4, 1)), TestContext.Current.CancellationToken);
        File.WriteAllText(folder.File("text.safetensors"), "these are no weights");

        Assert.Equal("scale >= 2 must hold: 1", Fails(2, "scale", $"evaluate --images {photos} --scale 1 --method bicubic"));
        Assert.Equal("'magic' is none of bicubic, fsrcnn, fast, balanced and best, and no .safetensors file",
            Fails(2, "method", $"evaluate --images {photos} --scale 2 --method magic"));
        Assert.Contains("it is a network for scale 3, and not for 2",
            Fails(2, "method", $"evaluate --images {photos} --scale 2 --method {folder.File("x3.safetensors")}"), StringComparison.Ordinal);
        Fails(2, "method", $"evaluate --images {photos} --scale 2 --method {folder.File("text.safetensors")}");
        Fails(3, "method", $"evaluate --images {photos} --scale 2 --method {folder.File("missing.safetensors")}");
        Assert.Equal($"{folder.File("no")}: there is no such folder: name a folder of pictures",
            Fails(3, "images", $"evaluate --images {folder.File("no")} --scale 2 --method bicubic"));
        Assert.StartsWith($"{empty}: no picture is in this folder",
            Fails(2, "images", $"evaluate --images {empty} --scale 2 --method bicubic"), StringComparison.Ordinal);
        Fails(2, "images", $"evaluate --images {broken} --scale 2 --method bicubic");
        Assert.Equal(
            $"{Path.Combine(small, "a.png")}: to be judged, width and height must be at least scale * (2 + ceil(11 / scale)) = 18 at "
                + $"scale 3: 17 x 30",
            Fails(2, "images", $"evaluate --images {small} --scale 3 --method bicubic"));
        Assert.Equal("images", Tool.RunLine("evaluate --scale 2 --json").Json(2).GetProperty("error").GetProperty("parameter").GetString());
    }

    private static string Fails(int code, string parameter, string line)
    {
        JsonElement error = Tool.RunLine(line + " --json").Json(code).GetProperty("error");
        Assert.Equal(parameter, error.GetProperty("parameter").GetString());
        return error.GetProperty("message").GetString()!;
    }

    private static string[] Keys(JsonElement json) => [.. json.EnumerateObject().Select(static property => property.Name)];

    private static string Photos(TemporaryFolder folder)
    {
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName;
        for (int i = 0; i < _pictures.Length; i++) ImageFile.Write(Path.Combine(photos, $"{i}.png"), _pictures[i].ToImage());
        return photos;
    }

    /// <summary>The network as training runs it, layer by layer over the whole plane.</summary>
    private sealed class OnTape(FsrcnnNetwork network) : ILumaUpscaler
    {
        public int Scale => network.Settings.Scale;

        public LumaPlane Upscale(LumaPlane plane, CancellationToken cancellationToken = default)
        {
            using var tape = new Tape<float>();
            var levels = new float[plane.Levels.Length];
            TensorPrimitives.Divide(plane.Levels, LumaPlane.Peak, levels);
            Variable<float> larger = network.Forward(tape.Constant(levels, [1, 1, plane.Height, plane.Width]));
            return new(plane.Width * Scale, plane.Height * Scale,
                [.. larger.Values.ToArray().Select(static value => value * LumaPlane.Peak)]);
        }
    }
}
