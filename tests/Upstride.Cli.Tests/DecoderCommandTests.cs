using System.Text.Json;
using Upstride.Imaging;
using Upstride.Models.Segmentation;
using Upstride.Onnx;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>The commands of generation and segmentation, from training to ONNX.</summary>
public sealed class DecoderCommandTests
{
    [Fact]
    public void Pictures_become_a_generator_that_makes_others_and_is_judged()
    {
        using var folder = new TemporaryFolder();
        Decoders.WriteDigits(folder);
        string weights = folder.File("g.safetensors");
        ToolResult trained = Tool.Run("train", "dcgan", "--images", folder.File("digits.gz"), "--hold-out", "4", "--size", "28",
            "--features", "2",
            "--latent", "6", "--batch", "4", "--steps", "4", "--threads", "1", "-o", weights);
        string[] lines = trained.Text().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal("", trained.Error);
        Assert.Equal("DCGAN of 28x28 grey pictures, 2 features, Transposed", lines[0]);
        Assert.Equal("1348 weights and 364 weights; 16 pictures, 4 held out", lines[1]);
        Assert.Matches(@"^25\.0 %  step       1  discriminator loss \d\.\d{3}  generator loss \d\.\d{3}  real taken for real 0\.\d{3}  "
            + "made taken "
            + @"for real 0\.\d{3}  \d+\.\d pictures/s  0:\d\d:\d\d left$", lines[2].Trim());
        Assert.Equal($"{lines[0]} in {weights}; curves in {folder.File("g.csv")} and {folder.File("g.svg")}", lines[^1]);
        Assert.Equal(4, Directory.GetFiles(folder.File("g-samples")).Length);

        string classifier = folder.File("c.safetensors");
        JsonElement report = Tool.Run("train", "classifier", "--images", folder.File("digits.gz"), "--labels",
            folder.File("digit-labels.gz"),
            "--hold-out", "4", "--size", "28", "--batch", "4", "--steps", "2", "-o", classifier, "--json").Json();
        Assert.Equal(["loss", "held_out_accuracy"],
            report.GetProperty("curves").EnumerateArray().Select(static one => one.GetProperty("name").GetString()));

        JsonElement quality = Tool.Run("evaluate", "--generation", weights, "--classifier", classifier, "--images",
            folder.File("digits.gz"),
            "--hold-out", "4", "--samples", "12", "--json").Json().GetProperty("quality");
        Assert.Equal(1, quality.GetProperty("classShares").EnumerateArray().Sum(static one => one.GetDouble()), 1e-9);
        Assert.True(quality.GetProperty("frechetDistance").GetDouble() > 0);
        Assert.Contains("Fréchet distance to those held out",
            Tool.Run("evaluate", "--generation", weights, "--classifier", classifier, "--images",
            folder.File("digits.gz"), "--hold-out", "4", "--samples", "12").Text(), StringComparison.Ordinal);

        string Generate(string name, params string[] more) =>
            Tool.Run(["generate", "--model", weights, "-o", folder.File(name), .. more]).Text().TrimEnd();
        Assert.Equal($"6 pictures in {folder.File("a.png")}, 88x58", Generate("a.png", "--grid", "2x3", "--seed", "3"));
        Generate("b.png", "--grid", "2x3", "--seed", "3", "--threads", "1");
        Assert.Equal(File.ReadAllBytes(folder.File("a.png")), File.ReadAllBytes(folder.File("b.png")));
        Assert.Equal($"5 pictures in {folder.File("strip.png")}, 140x28", Generate("strip.png", "--interpolate", "3..4", "--frames", "5"));
        Assert.Equal($"1 picture, 5 frames in {folder.File("walk.gif")}, 28x28",
            Generate("walk.gif", "--interpolate", "3..4", "--frames", "5"));
        Generate("one.png", "--grid", "1x1", "--seed", "3");
        Assert.Equal(ImageFile.Read(folder.File("one.png")).Bytes.ToArray(),
            ImageFile.Read(folder.File("strip.png")).Crop(0, 0, 28, 28).Bytes.ToArray());
        using (ImageReader reader = ImageReader.Open(folder.File("walk.gif"))) Assert.Equal((28, 28),
            (reader.Format.Width, reader.Format.Height));

        Assert.Equal($"{lines[0]}, 1348 parameters, in {folder.File("g.onnx")}",
            Tool.Run("export", "dcgan", "--model", weights, "-o", folder.File("g.onnx")).Text().TrimEnd());
        Assert.Equal("x: float32 [batch, 6, 1, 1]", OnnxModel.Load(folder.File("g.onnx")).Inputs[0].ToString());
    }

    [Fact]
    public void Labelled_pictures_become_a_network_that_segments_and_is_judged()
    {
        using var folder = new TemporaryFolder();
        Decoders.WriteStreets(folder);
        string weights = folder.File("s.safetensors"), photos = folder.File("photos"), classes = folder.File("classes");
        string[] train = ["train", "segment", "--images", photos, "--labels", classes, "--validation-images", photos, "--validation-labels",
            classes, "--classes", folder.File("names.txt"), "--width", "0.03125", "--crop", "32x32", "--batch", "2", "--threads", "1"];
        ToolResult trained = Tool.Run([.. train, "--steps", "2", "-o", weights]);
        string[] lines = trained.Text().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal("U-Net of width 0.0313, 2 classes", lines[0]);
        Assert.EndsWith("weights; 2 pictures, 2 to validate by", lines[1], StringComparison.Ordinal);
        Assert.Contains("mean iou 0.", lines[^2], StringComparison.Ordinal);

        // From finished weights on, to others.
        Assert.Equal(0, Tool.Run([.. train, "--steps", "1", "--from", weights, "-o", folder.File("t.safetensors")]).Code);
        Assert.NotEqual(File.ReadAllBytes(weights), File.ReadAllBytes(folder.File("t.safetensors")));

        // How pictures are changed is said, or stays as it is.
        byte[] With(params string[] more)
        {
            Assert.Equal(0, Tool.Run([.. train, "--steps", "2", .. more, "-o", folder.File("u.safetensors")]).Code);
            return File.ReadAllBytes(folder.File("u.safetensors"));
        }
        Assert.Equal(File.ReadAllBytes(weights), With("--zoom", "0.75..1.5", "--recolor", "0.2"));
        Assert.NotEqual(File.ReadAllBytes(weights), With("--zoom", "0.5..2"));
        Assert.NotEqual(File.ReadAllBytes(weights), With("--recolor", "0.5"));

        JsonElement report = Tool.Run("evaluate", "--segmentation", weights, "--images", photos, "--labels", classes, "--json").Json();
        using var segmenter = new Segmenter(SegmentationFile.Read(weights));
        ConfusionMatrix matrix = segmenter.Judge(SegmentationSet.Read(photos, classes, 2),
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(matrix.PixelAccuracy, report.GetProperty("pixelAccuracy").GetDouble());
        Assert.Equal(matrix.MeanIou, report.GetProperty("meanIou").GetDouble());
        Assert.Equal(["road", "sky"],
            report.GetProperty("classes").EnumerateArray().Select(static one => one.GetProperty("name").GetString()));
        Assert.Contains("pixels", Tool.Run("evaluate", "--segmentation", weights, "--images", photos, "--labels", classes).Text(),
            StringComparison.Ordinal);

        Assert.Contains("share", Tool.Run("segment", folder.File("photo.png"), "--model", weights, "-o", folder.File("mask.png")).Text(),
            StringComparison.Ordinal);
        ImageBuffer mask = ImageFile.Read(folder.File("mask.png")), photo = ImageFile.Read(folder.File("photo.png"));
        Assert.Equal((40, 36, 1), (mask.Width, mask.Height, mask.Channels));
        Assert.Equal(segmenter.Segment(SegmentationSet.Rgb(photo), 40, 36), mask.Bytes.ToArray());

        // And with the mirrored picture.
        using var ensemble = new Segmenter(SegmentationFile.Read(weights)) { SelfEnsemble = true };
        Assert.Equal(0, Tool.Run("segment", folder.File("photo.png"), "--model", weights, "--self-ensemble", "-o",
            folder.File("both.png")).Code);
        Assert.Equal(ensemble.Segment(SegmentationSet.Rgb(photo), 40, 36), ImageFile.Read(folder.File("both.png")).Bytes.ToArray());
        Assert.Equal(ensemble.Judge(SegmentationSet.Read(photos, classes, 2), cancellationToken: TestContext.Current.CancellationToken)
            .PixelAccuracy,
            Tool.Run("evaluate", "--segmentation", weights, "--images", photos, "--labels", classes, "--self-ensemble", "--json").Json()
                .GetProperty("pixelAccuracy").GetDouble());
        ToolResult alone = Tool.Run("evaluate", "--images", photos, "--scale", "2", "--self-ensemble");
        Assert.Equal(2, alone.Code);
        Assert.Contains("--self-ensemble goes with --segmentation", alone.Error, StringComparison.Ordinal);

        JsonElement shares = Tool.Run("segment", folder.File("photo.png"), "--model", weights, "-o", folder.File("over.png"), "--overlay",
            "--json").Json();
        Assert.Equal(1, shares.GetProperty("classes").EnumerateArray().Sum(static one => one.GetProperty("share").GetDouble()), 1e-9);
        Assert.Equal(3, ImageFile.Read(folder.File("over.png")).Channels);

        Assert.Contains("parameters, in", Tool.Run("export", "segment", "--model", weights, "-o", folder.File("s.onnx")).Text(),
            StringComparison.Ordinal);
        Assert.Equal("x: float32 [batch, 3, height, width]", OnnxModel.Load(folder.File("s.onnx")).Inputs[0].ToString());
    }

    [Fact]
    public void What_cannot_be_meant_is_refused_with_the_option()
    {
        using var folder = new TemporaryFolder();
        Decoders.WriteDigits(folder);
        Decoders.WriteStreets(folder);
        string digits = folder.File("digits.gz"), weights = folder.File("w.safetensors"), model = folder.File("streets.safetensors"),
            names = folder.File("names.txt");
        Decoders.WriteGenerator(folder.File("g.safetensors"));
        Refused("--hold-out", " 20, and must be 0 .. 19", "train", "dcgan", "--images", digits, "--hold-out", "20", "--size", "28",
            "--steps", "1", "-o", weights);
        Refused("--size", " 30, and must be one of 28, 32, 64", "train", "dcgan", "--images", digits, "--size", "30", "--steps", "1", "-o",
            weights);
        Refused("--minutes", "either --minutes or --steps is needed", "train", "dcgan", "--images", digits, "-o", weights);
        Refused("--output", "must end with .safetensors", "train", "dcgan", "--images", digits, "--steps", "1", "-o", folder.File("w.txt"));
        Refused("--images", "its pictures are grey, with 1 channel and not 3", "train", "dcgan", "--images", digits, "--size", "28",
            "--color", "--steps", "1", "-o", weights);
        Refused("--labels", "holds 20 labels", "train", "classifier", "--images", WriteOne(folder), "--labels",
            folder.File("digit-labels.gz"), "--steps", "1", "-o", weights);
        string[] segment = ["train", "segment", "--images", folder.File("photos"), "--labels", folder.File("classes"), "--classes", names,
            "--steps", "1", "-o", weights];
        foreach (string zoom in (string[])["1", "2..1", "0..1", "0.5..x", "-1..1", "1..11"])
            Refused("--zoom", $"'{zoom}' must be two factors from 0.1 to 10 joined by two points", [.. segment, "--zoom", zoom]);
        Refused("--recolor", "0 <= recolor < 1 must hold: 1", [.. segment, "--recolor", "1"]);
        Refused("--interpolate", "'1-2' must be two whole numbers", "generate", "--model", folder.File("g.safetensors"), "--interpolate",
            "1-2", "-o", folder.File("x.gif"));
        Refused("--frames", " 1, and must be at least 2", "generate", "--model", folder.File("g.safetensors"), "--interpolate", "1..2",
            "--frames", "1", "-o", folder.File("x.gif"));
        Refused("--grid", "at most 10000 are made at once", "generate", "--model", folder.File("g.safetensors"), "--grid", "200x200", "-o",
            folder.File("x.png"));
        Refused("--model", "it holds the model 'segmentation', and not 'dcgan'", "generate", "--model", model, "-o", folder.File("x.png"));
        Refused("--model", "it holds the model 'dcgan', and not 'segmentation'", "segment", folder.File("photo.png"), "--model",
            folder.File("g.safetensors"), "-o", folder.File("x.png"));
        Refused("--validation-labels", "belong together", "train", "segment", "--images", folder.File("photos"), "--labels",
            folder.File("classes"), "--classes", names,
            "--validation-images", folder.File("photos"), "--steps", "1", "-o", weights);
        Refused("--from", "both must be equal", "train", "segment", "--images", folder.File("photos"), "--labels", folder.File("classes"),
            "--classes", names,
            "--from", model, "--steps", "1", "-o", weights);
        Refused("--labels", "--labels is needed with --segmentation", "evaluate", "--images", folder.File("photos"), "--segmentation",
            model);
        Refused("--classifier", "--classifier is needed with --generation", "evaluate", "--images", digits, "--generation",
            folder.File("g.safetensors"));
        Refused("--scale", "--scale is needed", "evaluate", "--images", folder.File("photos"));
        Refused("--input", "multiples of 16", "export", "segment", "--model", model, "--input", "20x32", "-o", folder.File("x.onnx"));

        static void Refused(string option, string fault, params string[] arguments)
        {
            ToolResult result = Tool.Run(arguments);
            Assert.True(result.Code == 2, $"{string.Join(' ', arguments)}: {result.Code} {result.Output}{result.Error}");
            Assert.Contains(option, result.Error, StringComparison.Ordinal);
            Assert.Contains(fault, result.Error, StringComparison.Ordinal);
        }
    }

    // A single picture for twenty labels.
    private static string WriteOne(TemporaryFolder folder)
    {
        string path = folder.File("one.idx");
        File.WriteAllBytes(path, [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]);
        return path;
    }
}
