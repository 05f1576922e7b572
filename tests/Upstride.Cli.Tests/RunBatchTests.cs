using System.Text.Json;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Onnx.Tests;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Several files through a model in one run, or in as many as it needs.</summary>
public sealed class RunBatchTests
{
    /// <summary>The mean over the batch shows what went through together.</summary>
    [Theory]
    [InlineData("n", 3)]
    [InlineData("1", 3)]
    [InlineData("n", 2)]
    public void Pictures_go_through_together(string declared, int batch)
    {
        using var folder = new TemporaryFolder();
        Mean(declared).Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 20, 40, 90);
        string text = Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("made"),
            .. batch < 3 ? (string[])["--batch", $"{batch}"] : []]).Text();
        Assert.Contains($"y: float32 [1, 1, 2, 3] in {folder.File("made/1.png")}", text, StringComparison.Ordinal);
        foreach ((int i, int expected) in batch == 3 ? [(0, 50), (1, 50), (2, 50)] : ((int, int)[])[(0, 30), (1, 30), (2, 90)])
            Assert.Equal(expected, Grey(folder.File($"made/{i}.png")));
    }

    [Fact]
    public void A_name_each_a_folder_of_arrays_or_one_array_take_the_outputs()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "n", "1", "h", "w").Output("y").Output("z").Node("Neg", "x", "z").Node("Identity", "x", "y")
            .Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 51, 102);
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", "y=" + folder.File("a.png"), "-o", "y=" + folder.File("b.npy"), "-o",
            "z=" + folder.File("all.npy")]).Text();
        Assert.Equal(51, Grey(folder.File("a.png")));
        Assert.Equal([1, 1, 2, 3], NpyFile.Read(folder.File("b.npy"), TestContext.Current.CancellationToken).Shape);
        NpyArray all = NpyFile.Read(folder.File("all.npy"), TestContext.Current.CancellationToken);
        Assert.Equal([2, 1, 2, 3], all.Shape);
        Assert.Equal([.. Enumerable.Repeat(-0.2f, 6), .. Enumerable.Repeat(-0.4f, 6)], (float[])all.Elements);

        Tool.Run("run", folder.File("m.onnx"), "--input", pictures[1], pictures[0], "-o", "y=" + folder.File("all.npy")).Text();
        Assert.Equal(0.4f, ((float[])NpyFile.Read(folder.File("all.npy"), TestContext.Current.CancellationToken).Elements)[0]);

        JsonElement json = Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", "z=" + folder.File("made"), "--format", "npy",
            "--json"]).Json();
        Assert.Equal([folder.File("made/0.npy"), folder.File("made/1.npy")],
            json.GetProperty("outputs").EnumerateArray().Select(static output => output.GetProperty("file").GetString()));
        Assert.All((float[])NpyFile.Read(folder.File("made/1.npy"), TestContext.Current.CancellationToken).Elements,
            static value => Assert.Equal(-0.4f, value));
    }

    [Fact]
    public void A_model_of_one_picture_that_does_not_grow_takes_them_one_after_the_other_and_the_tool_says_so()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "1", "2", "3").Output("y").Integers("shape", 3, 2).Integers("back", 1, 1, 2, 3)
            .Node("Reshape", "x shape", "flat").Node("Reshape", "flat back", "y").Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 20, 40, 90);
        string text = Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("made")]).Text();
        Assert.Contains("one after the other: input 'x' has a batch of 3, and the model needs float32 [1, 1, 2, 3], whose graph does not "
            + "allow more than 1", text, StringComparison.Ordinal);
        Assert.Equal([20, 40, 90], Enumerable.Range(0, 3).Select(i => Grey(folder.File($"made/{i}.png"))));
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("all.npy")]).Text();
        Assert.Equal([3, 1, 2, 3], NpyFile.Read(folder.File("all.npy"), TestContext.Current.CancellationToken).Shape);
    }

    [Fact]
    public void A_model_of_a_larger_batch_takes_multiples_of_it()
    {
        using var folder = new TemporaryFolder();
        Mean("2").Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 20, 40, 90, 10);
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("made")]).Text();
        Assert.Equal([30, 30, 50, 50], Enumerable.Range(0, 4).Select(i => Grey(folder.File($"made/{i}.png"))));
        Refused(folder, "3 files are given, and the model takes 2 at a time: give a multiple of that", [.. pictures[..3]], "none");
        Refused(folder, "--batch is 4, and the model takes 2 at a time: both must be equal", [.. pictures, "--batch", "4"], "none");
    }

    [Fact]
    public void Pictures_of_their_own_sizes_are_fitted_and_what_comes_out_goes_back_to_each()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "n", "1", "8", "6").Output("y").Node("Identity", "x", "y").Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("a.png"), Flat(12, 10, 80));
        ImageFile.Write(folder.File("b.png"), Flat(7, 9, 120));
        string text = Tool.Run("run", folder.File("m.onnx"), folder.File("a.png"), folder.File("b.png"), "--fit", "-o",
            folder.File("made")).Text();
        Assert.Contains("b.png: x: 7x9 resized to 6x8, which the model needs", text, StringComparison.Ordinal);
        Assert.Equal((12, 10, 80), Size("made/a.png"));
        Assert.Equal((7, 9, 120), Size("made/b.png"));

        (int, int, int) Size(string name) => ImageFile.Read(folder.File(name), cancellationToken: TestContext.Current.CancellationToken) is
            var image ? (image.Width, image.Height, Grey(folder.File(name))) : default;
    }

    [Fact]
    public void Several_inputs_have_a_file_each_or_one_for_all()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "n", "1", "h", "w").Input("m", "n", "1", "h", "w").Input("k", "1").Output("y")
            .Node("Sub", "x m", "d").Node("Mul", "d k", "y").Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 60, 90, 20, 30);
        NpyFile.Write(folder.File("k.npy"), new([1], new[] { 2f }));
        string[] line = ["run", folder.File("m.onnx"), "-i", "x=" + pictures[0], "-i", "m=" + pictures[2], "-i", "x=" + pictures[1],
            "-i", "m=" + pictures[3], "-i", "k=" + folder.File("k.npy"), "-o", folder.File("made")];
        Tool.Run(line).Text();
        Assert.Equal([80, 120], Enumerable.Range(0, 2).Select(i => Grey(folder.File($"made/{i}.png"))));
        Assert.Contains("'x' has 2 files, and 'm' 3: both must be equal, or one be 1",
            Tool.Run([.. line, "-i", "m=" + pictures[0]]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_names_the_picture_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        Mean("n").Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 20, 40);
        ImageFile.Write(folder.File("large.png"), Flat(5, 5, 1));
        File.WriteAllBytes(folder.File("broken.png"), [1, 2, 3]);
        ImageFile.Write(folder.File("alpha.png"), ImageBuffer.FromPlanes(new float[24], 3, 2, 4));
        Refused(folder, $"'{folder.File("large.png")}' is float32 [1, 1, 5, 5], and '{pictures[0]}' float32 [1, 1, 2, 3]: what goes "
            + "through together has one size; --fit resizes pictures to one that the model needs, and --batch 1 runs each by itself",
            [.. pictures, folder.File("large.png")]);
        Refused(folder, "none.png", [.. pictures, folder.File("none.png")]);
        Refused(folder, folder.File("broken.png"), [.. pictures, folder.File("broken.png")]);
        new ModelBuilder().Input("x", "n", "4", "2", "3").Output("y").Node("Identity", "x", "y").Save(folder.File("m.onnx"));
        Refused(folder, $"{pictures[1]}: the picture has 1 channels, and the model needs x: float32 [n, 4, 2, 3]",
            [folder.File("alpha.png"), pictures[1]]);

        // The second of two runs is refused: what the first made is not there either, and what was there before stays.
        new ModelBuilder().Input("x", "n", "1", "2", "w").Output("y").Node("Identity", "x", "y").Save(folder.File("m.onnx"));
        Refused(folder, $"{folder.File("large.png")}: input 'x' is float32 [1, 1, 5, 5]", [pictures[0], folder.File("large.png"), "--batch",
            "1"]);
        Directory.CreateDirectory(folder.File("made"));
        File.WriteAllText(folder.File("made/0.png"), "before");
        Tool.Run("run", folder.File("m.onnx"), pictures[0], folder.File("large.png"), "--batch", "1", "-o", folder.File("made"));
        Assert.Equal(["before"], Directory.GetFiles(folder.File("made")).Select(File.ReadAllText));
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("made")]).Text();
        Assert.Equal(20, Grey(folder.File("made/0.png")));
    }

    [Fact]
    public void Sizes_of_their_own_go_through_by_themselves()
    {
        using var folder = new TemporaryFolder();
        Mean("n").Save(folder.File("m.onnx"));
        string[] pictures = [.. Greys(folder, 20), folder.File("large.png")];
        ImageFile.Write(pictures[1], Flat(5, 5, 70));
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "--batch", "1", "-o", folder.File("made")]).Text();
        Assert.Equal(70, Grey(folder.File("made/large.png")));
        Refused(folder, "output 'y' is float32 [1, 1, 2, 3] of some files and float32 [1, 1, 5, 5] of others, which one array cannot hold: "
            + "give a folder", [.. pictures, "--batch", "1"], "all.npy");
    }

    [Fact]
    public void Outputs_that_are_not_the_files_own_are_kept_whole_or_refused()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "n", "1", "h", "w").Output("y", Upstride.Onnx.OnnxElementType.Int64).Node("NonZero", "x", "y")
            .Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 20, 40);
        Refused(folder, "output 'y' is int64 [4, 12] for 2 files, and its first axis is not theirs: write it as one .npy file, or give "
            + "--batch 1", [.. pictures, "--format", "npy"]);
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("all.npy")]).Text();
        Assert.Equal([4, 12], NpyFile.Read(folder.File("all.npy"), TestContext.Current.CancellationToken).Shape);
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "--batch", "1", "--format", "npy", "-o", folder.File("made")]).Text();
        Assert.Equal([4, 6], NpyFile.Read(folder.File("made/1.npy"), TestContext.Current.CancellationToken).Shape);
    }

    [Fact]
    public void What_does_not_fit_several_files_is_refused()
    {
        using var folder = new TemporaryFolder();
        Mean("n").Save(folder.File("m.onnx"));
        string[] pictures = Greys(folder, 20, 40, 90);
        Refused(folder, "3 files go in, and 1 file would come out", pictures, "y.png");
        Refused(folder, "3 files are given, and 2 of them are different files: give each once", [pictures[0], pictures[1], pictures[0]]);
        Refused(folder, "--batch is 0, and must be at least 1", [.. pictures, "--batch", "0"]);
        Refused(folder, "--batch says how many of several files go through together: name them, as photos/*.png or by --input again",
            [pictures[0], "--batch", "2"]);
        Directory.CreateDirectory(folder.File("photos"));
        Refused(folder, "is a folder, whose pictures go through one after the other: give it alone, or files",
            [pictures[0], folder.File("photos")]);
        NpyFile.Write(folder.File("two.npy"), new([2, 1, 2, 3], new float[12]));
        Refused(folder, $"'{folder.File("two.npy")}' is float32 [2, 1, 2, 3], and each of several has 1 as its first axis",
            [pictures[0], folder.File("two.npy")]);
        string[] same = [.. Enumerable.Repeat((string[])["-o", folder.File("y.png")], 3).SelectMany(static option => option)];
        Assert.Contains("would be written twice", Tool.Run(["run", folder.File("m.onnx"), .. pictures, .. same]).Error,
            StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("y.png")));
    }

    [Fact]
    public void Files_of_one_name_from_two_folders_have_names_of_their_own()
    {
        using var folder = new TemporaryFolder();
        Mean("n").Save(folder.File("m.onnx"));
        string[] pictures = [.. ((string[])["a", "b"]).Select(name =>
            Path.Combine(Directory.CreateDirectory(folder.File(name)).FullName, "x.png"))];
        foreach (string picture in pictures) ImageFile.Write(picture, Flat(3, 2, 30));
        Tool.Run(["run", folder.File("m.onnx"), .. pictures, "-o", folder.File("made")]).Text();
        Assert.Equal(2, Directory.GetFiles(folder.File("made")).Length);
    }

    /// <summary>A folder's pictures of one size, whatever lies between them; one that cannot be read fails alone.</summary>
    [Theory]
    [InlineData(1, false, 20, 40, 70, 90)]
    [InlineData(2, false, 30, 30, 70, 90)]
    [InlineData(3, false, 50, 50, 70, 50)]
    [InlineData(9, false, 50, 50, 70, 50)]
    [InlineData(9, true, 55, 55, 55, 55)]
    public void Pictures_of_a_folder_go_through_together(int batch, bool fits, int first, int second, int large, int last)
    {
        using var folder = new TemporaryFolder();
        (fits ? Mean("n", "2", "3") : Mean("n")).Save(folder.File("m.onnx"));
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName;
        foreach ((string name, ImageBuffer picture) in ((string, ImageBuffer)[])[("0", Flat(3, 2, 20)), ("1", Flat(3, 2, 40)),
            ("3", Flat(5, 5, 70)), ("4", Flat(3, 2, 90))])
            ImageFile.Write(Path.Combine(photos, name + ".png"), picture);
        if (!fits) File.WriteAllText(Path.Combine(photos, "2.png"), "no picture");
        ToolResult result = Tool.Run(["run", folder.File("m.onnx"), "-i", photos, "--batch", $"{batch}", "-o",
            folder.File("made"), "--json", .. fits ? (string[])["--fit"] : []]);
        Assert.Equal(fits ? "0 1 3 4" : "0 1 3 4 2", string.Join(' ', [.. Names("pictures"), .. Names("failures")]));
        foreach ((string name, int grey) in ((string, int)[])[("0", first), ("1", second), ("3", large), ("4", last)])
            Assert.Equal(grey, Grey(folder.File($"made/{name}.png")));

        IEnumerable<string> Names(string list) => result.Json(fits ? 0 : 1).GetProperty(list).EnumerateArray()
            .Select(static file => Path.GetFileNameWithoutExtension(file.GetProperty("file").GetString()!));
    }

    /// <summary>A picture whose head alone is whole is found out as it goes through with others.</summary>
    [Fact]
    public void A_fault_of_one_of_several_pictures_of_a_folder_leaves_each_by_itself()
    {
        using var folder = new TemporaryFolder();
        Mean("n").Save(folder.File("m.onnx"));
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName;
        for (int i = 0; i < 4; i++) ImageFile.Write(Path.Combine(photos, $"{i}.png"), Flat(3, 2, (byte)(20 * i)));
        byte[] whole = File.ReadAllBytes(Path.Combine(photos, "2.png"));
        File.WriteAllBytes(Path.Combine(photos, "2.png"), whole[..^20]);
        ToolResult result = Tool.Run("run", folder.File("m.onnx"), "-i", photos, "--batch", "9", "-o", folder.File("made"));
        Assert.Equal(1, result.Code);
        Assert.EndsWith($"1 of 4 failed:\n  {Path.Combine(photos, "2.png")}\n", result.Output.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
        foreach (int i in (int[])[0, 1, 3]) Assert.Equal(20 * i, Grey(folder.File($"made/{i}.png")));
    }

    [Fact]
    public void A_folder_through_a_model_that_takes_one_picture_gives_each_by_itself_and_a_shard_has_no_batch()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "1", "2", "3").Output("y").Integers("shape", 3, 2).Integers("back", 1, 1, 2, 3)
            .Node("Reshape", "x shape", "flat").Node("Reshape", "flat back", "y").Save(folder.File("m.onnx"));
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName;
        for (int i = 0; i < 3; i++) ImageFile.Write(Path.Combine(photos, $"{i}.png"), Flat(3, 2, (byte)(20 * i)));
        Tool.Run("run", folder.File("m.onnx"), "-i", photos, "--batch", "2", "-o", folder.File("made")).Text();
        Assert.Equal([0, 20, 40], Enumerable.Range(0, 3).Select(i => Grey(folder.File($"made/{i}.png"))));
        Refused(folder, "the pictures of a shard go through one after the other: leave out --batch or --shard",
            ["-i", photos, "--batch", "2", "--shard", "1/2"], "none");
        Refused(folder, "--batch is 0, and must be at least 1", ["-i", photos, "--batch", "0"], "none");
    }

    // x less its distance from the mean over the batch: the mean.
    private static ModelBuilder Mean(string batch, string height = "h", string width = "w") => new ModelBuilder()
        .Input("x", batch, "1", height, width).Output("y")
        .Node("ReduceMean", "x", "mean", ("axes", (long[])[0])).Node("Sub", "x mean", "rest").Node("Sub", "x rest", "y");

    private static void Refused(TemporaryFolder folder, string message, string[] line, string output = "made")
    {
        ToolResult result = Tool.Run(["run", folder.File("m.onnx"), .. line, "-o", folder.File(output)]);
        Assert.NotEqual(0, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder.File(output)));
    }

    private static string[] Greys(TemporaryFolder folder, params byte[] values)
    {
        string[] paths = [.. values.Select((_, i) => folder.File($"{i}.png"))];
        for (int i = 0; i < values.Length; i++) ImageFile.Write(paths[i], Flat(3, 2, values[i]));
        return paths;
    }

    private static ImageBuffer Flat(int width, int height, byte grey) =>
        ImageBuffer.FromPlanes([.. Enumerable.Repeat(grey / 255f, width * height)], width, height, 1);

    private static int Grey(string path)
    {
        float[] planes = ImageFile.Read(path, cancellationToken: TestContext.Current.CancellationToken).ToPlanes();
        Assert.All(planes, value => Assert.Equal(planes[0], value, 1e-6f));
        return (int)MathF.Round(planes[0] * 255);
    }
}
