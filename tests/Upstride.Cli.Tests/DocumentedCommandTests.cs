using System.Text;
using System.Text.RegularExpressions;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>
/// What the documents show is what the tool prints: every "$ upstride" of their console blocks is run. With UPSTRIDE_APPROVE=1 the
/// output of now is written into them.
/// </summary>
public sealed partial class DocumentedCommandTests
{
    private static readonly string[][] Small = [["--size", "4x2x1"], ["--batch", "2"], ["--patch", "9"]];

    public static TheoryData<string> Documents =>
        [.. Files().Where(static file => Block().Matches(File.ReadAllText(file))
        .Any(static block => block.Value.Contains("$ upstride ", StringComparison.Ordinal)))
            .Select(static file => Path.GetRelativePath(SharedData.Checkout, file))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void The_output_shown_is_the_output(string document)
    {
        string path = Path.Combine(SharedData.Checkout, document);
        string text = File.ReadAllText(path);
        string now = Block().Replace(text, static block => $"```console\n{Run(block.Groups["content"].Value)}```");
        if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") == "1" && now != text)
        {
            WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(now)), TestContext.Current.CancellationToken);
            return;
        }
        Assert.Equal(now, text);
    }

    [Fact]
    public void The_first_command_of_the_readme_enlarges_the_sample()
    {
        string readme = File.ReadAllText(Path.Combine(SharedData.Checkout, "README.md"));
        Match command = FirstCommand().Match(readme);
        Assert.True(command.Success);
        using var folder = new TemporaryFolder();
        string[] arguments = [.. command.Groups["arguments"].Value.Split(' ').Select(word => word switch
        {
            "scene-x3.png" => folder.File(word),
            _ when word.StartsWith("samples/", StringComparison.Ordinal) => Path.Combine(SharedData.Checkout, word),
            _ => word,
        })];
        Tool.Run(arguments).Text();
        ImageBuffer scene = ImageFile.Read(Path.Combine(SharedData.Checkout, "samples", "scene.png"));
        ImageBuffer larger = ImageFile.Read(folder.File("scene-x3.png"));
        Assert.Equal((scene.Width, scene.Height), (larger.Width, larger.Height));

        // The sample was made by averaging the scene: whatever enlarges it well is nearer to the scene than squares are.
        Assert.True(Psnr.Luma(larger, scene,
            3) > Psnr.Luma(UpscaleCommandTests.Upscale(ImageFile.Read(Path.Combine(SharedData.Checkout, "samples", "scene-small.png")),
            "--scale", "3", "--method", "nearest"), scene, 3));
    }

    // Each as it stands but for its size: small pictures, a small network and few steps.
    [Fact]
    public void The_commands_about_models_run()
    {
        using var folder = new TemporaryFolder();
        string[] sets = ["t91", "set5", "bsds500/train", "bsds500/test"];
        foreach (string set in sets) TrainCommandTests.Photos(folder, 2, 96, 80, set);
        File.Copy(folder.File("set5/0.png"), folder.File("photo.png"));
        string[] commands =
            [.. ShellCommand().Matches(File.ReadAllText(Path.Combine(SharedData.Checkout, "docs", "models.md")))
            .Select(static match => match.Groups["arguments"].Value)];
        foreach (string command in commands)
        {
            string[] words =
                [.. Count().Replace(command,
                static count => count.Groups["option"].Value switch { "--minutes" => "--minutes 0.005", "--patch" => "--patch 9",
                    string option => $"{option} 2" })
                .Split(' ').Select(
                    word => sets.Contains(word) || Path.GetExtension(word) is ".png" or ".safetensors" ? folder.File(word) : word)];
            ToolResult result =
                Tool.Run(words[0] == "train"
                ? [.. words, .. Small.Where(option => !words.Contains(option[0], StringComparer.Ordinal))
                .SelectMany(option => words[1] == "sr" && option[0] == "--size" ? ["--size", "4x2"] : option)] : words);
            Assert.True(result.Code == 0, $"upstride {command}: exit code {result.Code}: {result.Error}");
        }
        Assert.Equal((33, 3, 1), (Of("train"), Of("evaluate"), Of("upscale")));
        Assert.Equal(["photo-x3.png", "x2.safetensors", "x3.safetensors", "x4.safetensors"],
            ((string[])["photo-x3.png", "x2.safetensors", "x3.safetensors", "x4.safetensors"])
            .Where(name => File.Exists(folder.File(name))));

        int Of(string name) => commands.Count(command => command.StartsWith(name + " ", StringComparison.Ordinal));
    }

    private static string[] Files() =>
        [Path.Combine(SharedData.Checkout, "README.md"),
        .. Directory.GetFiles(Path.Combine(SharedData.Checkout, "docs"), "*.md", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)];

    // Commands with what each prints, standard output and errors alike; other programs' lines stay as they are.
    private static string Run(string content)
    {
        if (!content.StartsWith("$ upstride ", StringComparison.Ordinal)) return content;
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("w.npy"), new([3], new float[] { 1, 10, 100 }));
        var shown = new StringBuilder();
        foreach (string command in content.Split('\n').Where(static line => line.StartsWith("$ upstride ", StringComparison.Ordinal)))
        {
            ToolResult result =
                Tool.Run([.. command["$ upstride ".Length..].Split(' ')
                .Select(word => word.EndsWith(".npy", StringComparison.Ordinal) ? folder.File(word) : word)]);
            string printed = (result.Output + result.Error).ReplaceLineEndings("\n").TrimEnd('\n')
                .Replace(folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
            shown.Append(command).Append('\n').Append(string.Join('\n', printed.Split('\n').Select(static line => line.TrimEnd())))
                .Append('\n');
        }
        return shown.ToString();
    }

    [GeneratedRegex("```console\\n(?<content>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();

    [GeneratedRegex("^upstride (?<arguments>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ShellCommand();

    [GeneratedRegex("(?<option>--steps|--minutes|--synthetic|--batch|--patch) [0-9]+", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Count();

    [GeneratedRegex("```sh\\ndotnet run -c Release --project src/Upstride.Cli -- (?<arguments>.*)\\n```", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex FirstCommand();
}
