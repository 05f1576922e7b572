using System.CommandLine;
using Upstride.Cli.Commands;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Upscaling;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Leaves =>
        new(All(Command(), "").Where(pair => pair.Command.Subcommands.Count == 0 && pair.Path != "explore").Select(pair => pair.Path));

    public static TheoryData<string> Groups =>
        new(All(Command(), "").Where(pair => pair.Command.Subcommands.Count > 0).Select(pair => pair.Path));

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Every_command_shows_two_examples_that_run(string path)
    {
        var command = (CommandWithExamples)All(Command(), "").Single(pair => pair.Path == path).Command;
        string help = Tool.RunLine($"{path} --help").Text();
        Assert.True(command.Examples.Count >= 2, $"{path} has {command.Examples.Count} examples");
        using var folder = new TemporaryFolder();
        WriteFiles(path, folder);
        foreach (Example example in command.Examples)
        {
            Assert.StartsWith(path + " ", example.Arguments, StringComparison.Ordinal);
            Assert.Contains($"  upstride {example.Arguments}\n      {example.Shows}\n", help.ReplaceLineEndings("\n"),
                StringComparison.Ordinal);
            string[] arguments = [.. example.Arguments.Split(' ').Select(word => Place(word, folder))];
            ToolResult result = Tool.Run(arguments);
            Assert.True(result.Code == 0, $"upstride {example.Arguments}: exit code {result.Code}: {result.Error}");
            Assert.Equal("", result.Error);
            Assert.NotEqual("", result.Output);
        }
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void Every_group_shows_an_example_of_each_command(string path)
    {
        string help = Tool.RunLine($"{path} --help").Text();
        foreach (Command part in All(Command(), "").Single(pair => pair.Path == path).Command.Subcommands)
            Assert.Contains($"  upstride {path} {part.Name} ".Replace("  upstride  ", "  upstride ", StringComparison.Ordinal), help,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_is_described()
    {
        foreach ((string path, Command command) in All(Command(), ""))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), path);
            foreach (Option option in command.Options) Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{path} {option.Name}");
            foreach (Argument argument in command.Arguments)
                Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{path} {argument.Name}");
        }
    }

    [Fact]
    public void A_command_that_does_not_exist_is_an_error_with_a_hint()
    {
        ToolResult result = Tool.RunLine("apply frobnicate");
        Assert.Equal(2, result.Code);
        Assert.Contains("'upstride apply --help' shows the options, with examples", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    public void The_bare_command_shows_its_help(params string[] arguments) =>
        Assert.Equal(Tool.Run("--help").Text(), Tool.Run(arguments).Text());

    // Files of the examples, also after a name and an equals sign, lie in the test's folder.
    private static string Place(string word, TemporaryFolder folder)
    {
        string name = word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return Path.GetExtension(name) is ".npy" or ".png" or ".y4m" or ".onnx" or ".safetensors" or ".svg" or ".gz" or ".gif" or ".txt"
            or ".tuning"
            || name is "photos" or "classes" or "masks" or "figures" or "made"
            || name.StartsWith("cases", StringComparison.Ordinal)
            ? word[..^name.Length] + folder.File(name)
            : word;
    }

    private static Command Command() => CommandTree.Create(new Report(TextWriter.Null, TextWriter.Null, json: false));

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.SelectMany(part => All(part, $"{path} {part.Name}".TrimStart())).Prepend((path, command));

    // What the examples of a command read, by the names that they use.
    private static void WriteFiles(string path, TemporaryFolder folder)
    {
        void Write(string name, params int[] shape) =>
            NpyFile.Write(folder.File(name),
            new(shape, Enumerable.Range(0, shape.Aggregate(1, (product, length) => product * length)).Select(i => (float)i).ToArray()));

        switch (path)
        {
            case "matrix":
                Write("w.npy", 3);
                break;
            case "apply max-unpool":
                Write("y.npy", 1, 1, 4, 4);
                NpyFile.Write(folder.File("i.npy"),
                    new([1, 1, 4, 4], Enumerable.Range(0, 16).Select(i => (long)(i / 4 * 16 + i % 4 * 2)).ToArray()));
                break;
            case ['a', 'p', 'p', 'l', 'y', ' ', 'c', 'o', 'n', 'v', .., var axes, 'd']:
                int rank = axes - '0';
                bool transpose = path.Contains("transpose", StringComparison.Ordinal);
                Write("x.npy", [1, 4, .. Enumerable.Repeat(6, rank)]);
                Write("w.npy", transpose ? [4, 2, .. Enumerable.Repeat(4, rank)] : [2, 4, .. Enumerable.Repeat(3, rank)]);
                Write("b.npy", 2);
                break;
            case "apply resize-conv":
                Write("x.npy", 1, 4, 6, 6);
                Write("w.npy", 2, 4, 3, 3);
                Write("b.npy", 2);
                break;
            case "run" or "inspect" or "check":
                NetworkCommandTests.Doubler().Save(folder.File("model.onnx"));
                Write("x.npy", 1, 1, 8, 8);
                ImageFile.Write(folder.File("photo.png"), UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 3));
                ImageFile.Write(folder.File("other.png"), UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 5));
                Directory.CreateDirectory(folder.File("photos"));
                ImageFile.Write(folder.File("photos/0.png"), UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 4));
                break;
            case "tune":
                File.WriteAllText(folder.File("lines.txt"), "forward small n1 ci1 co1 i4 k3\n");
                File.WriteAllText(folder.File("more.txt"), "forward small n1 ci1 co1 i5 k3\n");
                break;
            case "verify":
                NetworkCommandTests.WriteCase(folder.File("cases/test_convtranspose"), expected: 3);
                break;
            case "export fsrcnn" or "export sr":
                FsrcnnFile.Write(folder.File("mine.safetensors"), new FsrcnnNetwork(FsrcnnSettings.Small(2), new(1)));
                break;
            case "upscale":
                UpscalingNetworkFile.WriteOnnx(folder.File("model.onnx"), new FsrcnnNetwork(FsrcnnSettings.Small(3), new(1)));
                ImageFile.Write(folder.File("photo.png"), UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 3));
                File.WriteAllText(folder.File("clip.y4m"), "YUV4MPEG2 W2 H2 F25:1 C444\nFRAME\n123456789012");
                break;
            case "train dcgan" or "train classifier":
                Decoders.WriteDigits(folder);
                for (int i = 0; i < 2; i++)
                    ImageFile.Write(Path.Combine(Directory.CreateDirectory(folder.File("photos")).FullName, $"{i}.png"),
                        UpscaleCommandTests.Noise(40, 36, 3, SampleType.UInt8, seed: i));
                break;
            case "generate" or "export dcgan":
                Decoders.WriteGenerator(folder.File("digits.safetensors"));
                break;
            case "train segment" or "segment" or "export segment":
                Decoders.WriteStreets(folder);
                break;
            case "evaluate":
                Decoders.WriteStreets(folder, 120, 110);
                break;
            case "join":
                ImageFile.Write(folder.File("photo.png"), UpscaleCommandTests.Noise(9, 7, 3, SampleType.UInt8, seed: 3));
                foreach (string shard in (string[])["1/2", "2/2"])
                    Tool.Run("upscale", folder.File("photo.png"), "--shard", shard, "-o", folder.File("larger.png")).Text();
                break;
            case "train fsrcnn" or "train sr" or "plan":
                Directory.CreateDirectory(folder.File("photos"));
                for (int i = 0; i < 2; i++)
                    ImageFile.Write(folder.File($"photos/{i}.png"), UpscaleCommandTests.Noise(120, 110, 3, SampleType.UInt8, seed: i));
                break;
            default:
                Write("x.npy", 1, 4, 8, 8);
                break;
        }
    }
}
