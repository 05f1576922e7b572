using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Upstride.Imaging;
using Upstride.Models.Data;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Residual;
using Upstride.Models.Upscaling;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class TrainCommandTests
{
    private const string Tiny = "--scale 2 --size 4x2x1 --batch 2 --patch 9 --threads 2 --seed 5";

    [Fact]
    public void Pictures_become_weights_and_curves()
    {
        using var folder = new TemporaryFolder();
        string photos = Photos(folder, 3, 64, 48);
        ToolResult result = Train(folder, $"--images {photos} --steps 40");
        string[] lines = result.Text().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal("", result.Error);
        Assert.Equal("FSRCNN(4, 2, 1) for scale 2, 476 weights", lines[0]);
        Assert.Equal("2 pictures in 10 sizes, 1 to validate by", lines[1]);
        Assert.Matches(@"^ 5\.0 %  step       2  loss \d\.\d{3}E-\d{3}  PSNR \d+\.\d{3} dB  \d+ patches/s  0:\d\d:\d\d left$", lines[2]);
        Assert.Matches(@"^100\.0 %  step      40  loss .* 0:00:00 left$", lines[^2]);
        Assert.Equal(
            $"FSRCNN(4, 2, 1) for scale 2 in {folder.File("x.safetensors")}; curves in {folder.File("x.csv")} and {folder.File("x.svg")}",
                lines[^1]);
        Assert.Equal(["photos", "x.csv", "x.safetensors", "x.svg"], Names(folder));

        FsrcnnNetwork network = FsrcnnFile.Read(folder.File("x.safetensors"));
        Assert.Equal(new FsrcnnSettings(2, 4, 2, 1), network.Settings);
        AssertCurves(folder, [.. Enumerable.Range(1, 20).Select(static i => 2 * i)]);
    }

    [Fact]
    public void Train_sr_takes_several_folders_and_an_architecture()
    {
        using var folder = new TemporaryFolder();
        string photos = Photos(folder, 3, 64, 48), others = Directory.CreateDirectory(folder.File("others")).FullName;
        foreach (string file in Directory.GetFiles(photos)) File.Copy(file, Path.Combine(others, Path.GetFileName(file)));
        string[] lines = Tool.RunLine($"train sr --images {photos} {others} --scale 2 --size 4x2 --batch 2 --patch 12 --margin 2 "
            + $"--steps 20 --jpeg 30..90 --noise 1 --loss charbonnier --average 0.9 --threads 1 -o {folder.File("x.safetensors")}")
            .Text().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal("upstride-best(4, 2) for scale 2, 632 weights", lines[0]);
        Assert.Equal("4 pictures in 20 sizes, 2 to validate by", lines[1]);
        var network = Assert.IsType<ResidualNetwork>(UpscalingNetworkFile.Read(folder.File("x.safetensors"), 2));
        Assert.Equal(new ResidualSettings(2, 4, 2), network.Settings);

        string from = $"--from {folder.File("x.safetensors")} -o {folder.File("y.safetensors")} --synthetic 2 --steps 2 --patch 12";
        Tool.RunLine($"train sr --scale 3 {from}").Text();
        Assert.Equal(new ResidualSettings(3, 4, 2),
            Assert.IsType<ResidualNetwork>(UpscalingNetworkFile.Read(folder.File("y.safetensors"))).Settings);
        Tool.RunLine("train sr --architecture fsrcnn --scale 2 --size 4x2x1 --synthetic 2 --steps 2 --patch 12 "
            + $"-o {folder.File("z.safetensors")}").Text();
        Assert.Equal(new FsrcnnSettings(2, 4, 2, 1), FsrcnnFile.Read(folder.File("z.safetensors")).Settings);
        Tool.RunLine($"train sr --scale 3 --teacher {folder.File("y.safetensors")} --teacher-part 0.25 {from}").Text();
        Tool.RunLine($"train sr --scale 3 --teacher fast {from}").Text();
        foreach ((string parameter, string options) in ((string, string)[])[("jpeg", "--jpeg 95..30"), ("jpeg", "--jpeg high"),
            ("noise", "--noise -1"), ("teacher-part", "--teacher fast --teacher-part 0"),
            ("teacher", $"--teacher {folder.File("y.safetensors")}"), ("teacher", "--architecture pyramid --teacher fast"),
            ("size", "--size 4x2x1"), ("margin", "--margin 6"), ("averageDecay", "--average 1")])
        {
            ToolResult refused = Tool.RunLine(
                $"train sr --scale 2 --synthetic 2 --steps 2 --patch 12 {options} -o {folder.File("n.safetensors")}");
            Assert.Equal(2, refused.Code);
            Assert.Contains(parameter, refused.Error, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Json_tells_what_was_made()
    {
        using var folder = new TemporaryFolder();
        var json = Train(folder, "--synthetic 2 --steps 3 --json").Json();
        Assert.Equal(
            ["file", "model", "scale", "weights", "steps", "seconds", "loss", "psnr", "log", "curves"],
            json.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(
            (folder.File("x.safetensors"), "FSRCNN(4, 2, 1)", 2, 476, 3),
            (json.GetProperty("file").GetString(), json.GetProperty("model").GetString(), json.GetProperty("scale").GetInt32(),
                json.GetProperty("weights").GetInt32(), json.GetProperty("steps").GetInt32()));
        Assert.True(json.GetProperty("loss").GetDouble() > 0);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(7, 1)]
    public void A_run_interrupted_and_resumed_writes_the_same_file(int points, int threads)
    {
        using TemporaryFolder whole = new(), parts = new();
        const string options = "--synthetic 3 --steps 40";
        Train(whole, options).Text();

        ToolResult stopped = Interrupted(parts, options, $" step {2 * points,7} ");
        Assert.Equal(130, stopped.Code);
        Assert.Equal(
            $"the run stands in {parts.File("x.safetensors.checkpoint")}: the same command with --resume goes on from there\nupstride: "
                + $"cancelled\n", stopped.Error.ReplaceLineEndings("\n"));
        Assert.Equal(["x.csv", "x.safetensors.checkpoint", "x.svg"], Names(parts));
        AssertCurves(parts, [.. Enumerable.Range(1, points).Select(static i => 2 * i)]);

        // Not by mistake over the run that waits.
        string again = Fails(2, "output", Arguments(parts, options));
        Assert.Equal(
            $"{parts.File("x.safetensors.checkpoint")} is there, of a run that was not finished: go on with it by --resume, or delete it",
                again);

        string resumed = Train(parts, $"{options} --resume --threads {threads}").Text();
        Assert.Contains($"; on from step {2 * points}\n", resumed.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(whole.File("x.safetensors")), File.ReadAllBytes(parts.File("x.safetensors")));
        Assert.Equal(["x.csv", "x.safetensors", "x.svg"], Names(parts));
        Assert.Equal(WithoutTime(whole), WithoutTime(parts));
    }

    [Fact]
    public void Resuming_with_other_options_or_a_broken_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(130, Interrupted(folder, "--synthetic 3 --steps 40", " step ").Code);
        byte[] checkpoint = File.ReadAllBytes(folder.File("x.safetensors.checkpoint"));
        Assert.EndsWith(
            "the run that it was taken from had another steps, another seed: resume with the options of that run, or begin anew without "
                + "this file",
            Fails(2, "resume", Arguments(folder, "--synthetic 3 --steps 41 --seed 6 --resume")), StringComparison.Ordinal);
        Assert.Equal(checkpoint, File.ReadAllBytes(folder.File("x.safetensors.checkpoint")));
        File.WriteAllBytes(folder.File("x.safetensors.checkpoint"), checkpoint[..100]);
        Fails(2, "resume", Arguments(folder, "--synthetic 3 --steps 40 --resume"));
        File.WriteAllBytes(folder.File("x.safetensors.checkpoint"), checkpoint);
        File.WriteAllText(folder.File("x.csv"), "something else\n");
        Assert.Contains("the first line must be 'step,seconds,learning_rate,loss,psnr'",
            Fails(2, "resume", Arguments(folder, "--synthetic 3 --steps 40 --resume")), StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_without_a_checkpoint_begins_anew()
    {
        using TemporaryFolder one = new(), other = new();
        Train(one, "--synthetic 2 --steps 3").Text();
        Train(other, "--synthetic 2 --steps 3 --resume").Text();
        Assert.Equal(File.ReadAllBytes(one.File("x.safetensors")), File.ReadAllBytes(other.File("x.safetensors")));
    }

    [Fact]
    public void Another_networks_weights_are_a_beginning()
    {
        using TemporaryFolder folder = new(), second = new();
        Train(folder, "--synthetic 2 --steps 3").Text();
        FsrcnnNetwork first = FsrcnnFile.Read(folder.File("x.safetensors"));

        // Scale 3 from scale 2: with --freeze the other layers stay as they were.
        Tool.RunLine(
            $"train fsrcnn --from {folder.File("x.safetensors")} --freeze --synthetic 2 --steps 2 --scale 3 --batch 2 --patch 9 -o "
                + $"{second.File("x3.safetensors")}").Text();
        FsrcnnNetwork third = FsrcnnFile.Read(second.File("x3.safetensors"));
        Assert.Equal(first.Settings.ForScale(3), third.Settings);
        foreach ((string name, var parameter) in first.NamedParameters())
            Assert.Equal(!first.Settings.IsOfUpsampling(name),
                parameter.Values.SequenceEqual(third.NamedParameters().Single(one => one.Name == name).Parameter.Values));

        // The same scale: every weight is taken, and a rate of next to nothing keeps them.
        Tool.RunLine(
            $"train fsrcnn --from {folder.File("x.safetensors")} --learning-rate 1e-30 --synthetic 2 --steps 2 --scale 2 --batch 2 "
                + $"--patch 9 -o {second.File("x2.safetensors")}").Text();
        Assert.Equal(
            first.Parameters().SelectMany(static parameter => parameter.Values.ToArray()),
            FsrcnnFile.Read(second.File("x2.safetensors")).Parameters().SelectMany(static parameter => parameter.Values.ToArray()));
    }

    [Fact]
    public void A_rate_that_is_too_high_is_told_of()
    {
        using var folder = new TemporaryFolder();
        Assert.EndsWith("use a lower learning rate than 1E+30",
            Fails(1, "learningRate", Arguments(folder, "--synthetic 2 --steps 50 --learning-rate 1e30")), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_arguments_are_told_of_before_anything_is_done()
    {
        using var folder = new TemporaryFolder();
        string photos = Photos(folder, 2, 64, 48), small = Photos(folder, 1, 15, 40, "small"), x3 = folder.File("x3.safetensors");
        FsrcnnFile.Write(x3, new FsrcnnNetwork(new(3, 8, 4, 1)), TestContext.Current.CancellationToken);
        Directory.CreateDirectory(folder.File("empty"));
        Directory.CreateDirectory(folder.File("folder.safetensors"));
        string[] before = Names(folder);

        void Check(int code, string parameter, string message, string options, string output = "x.safetensors") =>
            Assert.Equal(message, Fails(code, parameter, ["train", "fsrcnn", .. options.Split(' '), "-o", folder.File(output)]));

        Check(2, "minutes", "either --minutes or --steps is needed, and not both: they say how long to train", "--scale 2 --synthetic 2");
        Check(2, "minutes", "either --minutes or --steps is needed, and not both: they say how long to train",
            "--scale 2 --synthetic 2 --steps 2 --minutes 1");
        Check(2, "minutes", "minutes > 0 must hold: -1", "--scale 2 --synthetic 2 --minutes -1");
        Check(2, "Steps", "steps >= 1 must hold: 0", "--scale 2 --synthetic 2 --steps 0");
        Check(2, "Scale", "Scale >= 2 must hold: 1", "--scale 1 --synthetic 2 --steps 2");
        Check(2, "synthetic", "synthetic >= 2 must hold, one to train on and one to validate: 1", "--scale 2 --synthetic 1 --steps 2");
        Check(2, "synthetic", "either --images or --synthetic can be given, and not both",
            $"--scale 2 --synthetic 2 --images {photos} --steps 2");
        Check(2, "LearningRate", "learningRate > 0 must hold: 0", "--scale 2 --synthetic 2 --steps 2 --learning-rate 0");
        Check(2, "size", "--size is three numbers joined by x, as 56x12x4: 2 given", "--scale 2 --size 8x4 --synthetic 2 --steps 2");
        Check(2, "size", $"'{x3}' holds FSRCNN(8, 4, 1): leave out --size, or give its own",
            $"--scale 3 --size 8x4x2 --from {x3} --synthetic 2 --steps 2");
        Check(2, "freeze", "--freeze keeps the layers that --from gives: name a file by --from",
            "--scale 3 --freeze --synthetic 2 --steps 2");
        Check(2, "output", $"'{folder.File("x.onnx")}' must end with .safetensors, the format of the weights",
            "--scale 3 --synthetic 2 --steps 2", "x.onnx");
        Check(3, "output", $"{folder.File("no/x.safetensors")}: the folder {folder.File("no")} does not exist",
            "--scale 3 --synthetic 2 --steps 2", "no/x.safetensors");
        Check(3, "output", $"{folder.File("folder.safetensors")}: it is a folder: name a file in it", "--scale 3 --synthetic 2 --steps 2",
            "folder.safetensors");
        Check(3, "images", $"{folder.File("missing")}: there is no such folder: name a folder of pictures",
            $"--scale 3 --images {folder.File("missing")} --steps 2");
        Check(2, "images",
            $"{folder.File("empty")}: no picture is in this folder: put some there (PNG, BMP, PPM, PGM, PFM, or what ffmpeg reads)",
            $"--scale 3 --images {folder.File("empty")} --steps 2");
        Check(2, "images", $"{small}: two pictures are needed at least, one to train on and one to validate by: it holds 1",
            $"--scale 3 --images {small} --steps 2");
        Check(2, "validation", "to be judged, width and height must be at least scale * (2 + ceil(11 / scale)) = 16 at scale 2: 15 x 40",
            $"--scale 2 --size 4x2x1 --patch 9 --images {photos} --validation {small} --steps 2");
        Check(
            2, "patch", "width and height of a picture must be at least patch * scale = 40 * 2 = 80, and no picture's are: give larger "
                + "pictures or a smaller patch",
            $"--scale 2 --size 4x2x1 --patch 40 --images {photos} --steps 2");
        Fails(3, "from",
            ["train", "fsrcnn", "--scale", "2", "--from", folder.File("missing.safetensors"), "--steps", "2", "-o",
            folder.File("x.safetensors")]);
        Assert.Equal(before, Names(folder));
    }

    [Fact]
    public void Cancelled_before_the_first_step_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        ToolResult result = Tool.Run(cancellation.Token, Arguments(folder, "--synthetic 2 --steps 3"));
        Assert.Equal((130, "upstride: cancelled"), (result.Code, result.Error.Trim()));
        Assert.Empty(Names(folder));
    }

    private static ToolResult Train(TemporaryFolder folder, string options) => Tool.Run(Arguments(folder, options));

    // Of an option given twice, the later one here: what a test says goes before the tiny run's.
    private static string[] Arguments(TemporaryFolder folder, string options)
    {
        string[] given = options.Split(' '), tiny = Tiny.Split(' ');
        return ["train", "fsrcnn", .. given,
            .. tiny.Chunk(2).Where(pair => !given.Contains(pair[0], StringComparer.Ordinal)).SelectMany(static pair => pair), "-o",
            folder.File("x.safetensors")];
    }

    // Ctrl-C at the first line that contains a text.
    private static ToolResult Interrupted(TemporaryFolder folder, string options, string text)
    {
        using var cancellation = new CancellationTokenSource();
        using var output = new InterruptingWriter(text, cancellation);
        using var error = new StringWriter();
        int code = CommandLineApplication.Run(Arguments(folder, options), output, error, cancellation.Token);
        return new(code, output.ToString(), error.ToString());
    }

    private static string Fails(int code, string parameter, string[] arguments)
    {
        var error = Tool.Run([.. arguments, "--json"]).Json(code).GetProperty("error");
        Assert.Equal(parameter, error.GetProperty("parameter").GetString());
        return error.GetProperty("message").GetString()!;
    }

    /// <summary>A folder of dead leaves.</summary>
    internal static string Photos(TemporaryFolder folder, int count, int width, int height, string name = "photos")
    {
        string photos = Directory.CreateDirectory(folder.File(name)).FullName;
        LumaPlane[] planes = new DeadLeaves(width, height, 3).CreateMany(count);
        for (int i = 0; i < count; i++) ImageFile.Write(Path.Combine(photos, $"{i}.png"), planes[i].ToImage());
        return photos;
    }

    private static string[] Names(TemporaryFolder folder) =>
        [.. Directory.GetFileSystemEntries(folder.Path).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void AssertCurves(TemporaryFolder folder, int[] steps)
    {
        string[] rows = File.ReadAllLines(folder.File("x.csv"));
        Assert.Equal("step,seconds,learning_rate,loss,psnr", rows[0]);
        double[][] numbers =
            [.. rows.Skip(1)
            .Select(static row => row.Split(',').Select(static cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(steps.Select(static step => (double)step), numbers.Select(static row => row[0]));
        Assert.All(numbers, static row => Assert.True(row.Length == 5 && row.All(double.IsFinite)));

        XNamespace svg = "http://www.w3.org/2000/svg";
        XElement[] curves = [.. XDocument.Load(folder.File("x.svg")).Root!.Elements(svg + "polyline")];
        Assert.Equal(2, curves.Length);
        Assert.All(curves, curve => Assert.Equal(steps.Length, curve.Attribute("points")!.Value.Split(' ').Length));
    }

    private static string[] WithoutTime(TemporaryFolder folder) =>
        [.. File.ReadAllLines(folder.File("x.csv"))
        .Select(static row => string.Join(',', row.Split(',').Where(static (_, column) => column != 1)))];

    private sealed class InterruptingWriter(string text, CancellationTokenSource cancellation) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value!.Contains(text, StringComparison.Ordinal)) cancellation.Cancel();
        }
    }
}
