using System.Text.RegularExpressions;
using Upstride.Testing;

namespace Upstride.Documentation.Tests;

/// <summary>The C# blocks of the documents and of the packages' own, and the examples in the comments of the libraries, are the regions of
/// <see cref="DocumentedCode"/>, which compile and are run.</summary>
public sealed partial class DocumentedCodeTests
{
    [Fact]
    public void Every_block_is_a_region_that_compiles_and_every_region_is_shown()
    {
        string[] documents =
        [
            Path.Combine(SharedData.Checkout, "README.md"), .. Directory.GetFiles(Path.Combine(SharedData.Checkout, "docs"), "*.md"),
            .. Directory.GetFiles(Path.Combine(SharedData.Checkout, "src"), "README.md", SearchOption.AllDirectories),
        ];
        string source = File.ReadAllText(Path.Combine(SharedData.Checkout, "tests", "Upstride.Documentation.Tests", "DocumentedCode.cs"))
            .ReplaceLineEndings("\n");
        string[] sources = [.. Directory.GetFiles(Path.Combine(SharedData.Checkout, "src"), "*.cs", SearchOption.AllDirectories)];
        string[] examples = [.. sources.SelectMany(static file => Blocks(Example(), file))
            .Select(static code => Comment().Replace(code, ""))];
        string[] blocks = [.. documents.SelectMany(static file => Blocks(Block(), file)), .. examples];
        string[] regions = [.. Region().Matches(source).Select(static region => Dedent(region.Groups["code"].Value))];
        Assert.True(examples.Length >= 10, $"only {examples.Length} examples were found in {sources.Length} files");
        foreach (string block in blocks) Assert.Contains(block, regions);
        foreach (string region in regions) Assert.Contains(region, blocks);
    }

    private static IEnumerable<string> Blocks(Regex pattern, string file) =>
        pattern.Matches(File.ReadAllText(file).ReplaceLineEndings("\n")).Select(static block => block.Groups["code"].Value);

    private static string Dedent(string code)
    {
        string[] lines = code.TrimEnd(' ').Split('\n');
        int indent = lines.Where(static line => line.Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex("```csharp\\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();

    [GeneratedRegex("<code><!\\[CDATA\\[\\n(?<code>.*?)/// \\]\\]></code>", RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Example();

    [GeneratedRegex("^ */// ?", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Comment();

    [GeneratedRegex("#region [^\\n]*\\n(?<code>.*?)#endregion", RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Region();
}
