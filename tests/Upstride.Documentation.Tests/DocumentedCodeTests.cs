using System.Text.RegularExpressions;

namespace Upstride.Documentation.Tests;

/// <summary>The C# blocks of the documents are the regions of <see cref="DocumentedCode"/>, which compile and are run.</summary>
public sealed partial class DocumentedCodeTests
{
    [Fact]
    public void Every_block_is_a_region_that_compiles_and_every_region_is_shown()
    {
        string[] documents = [Path.Combine(SharedData.Checkout, "README.md"), .. Directory.GetFiles(Path.Combine(SharedData.Checkout, "docs"), "*.md").Order(StringComparer.Ordinal)];
        string source = File.ReadAllText(Path.Combine(SharedData.Checkout, "tests", "Upstride.Documentation.Tests", "DocumentedCode.cs")).ReplaceLineEndings("\n");
        string[] blocks = [.. documents.SelectMany(static file => Block().Matches(File.ReadAllText(file).ReplaceLineEndings("\n")).Select(static block => block.Groups["code"].Value))];
        string[] regions = [.. Region().Matches(source).Select(static region => Dedent(region.Groups["code"].Value))];
        Assert.NotEmpty(blocks);
        foreach (string block in blocks) Assert.Contains(block, regions);
        foreach (string region in regions) Assert.Contains(region, blocks);
    }

    private static string Dedent(string code)
    {
        string[] lines = code.TrimEnd(' ').Split('\n');
        int indent = lines.Where(static line => line.Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex("```csharp\\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();

    [GeneratedRegex("#region [^\\n]*\\n(?<code>.*?)#endregion", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Region();
}
