using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Upstride.Cli.Tests;

/// <summary>The figures of docs/explained are what the tool draws, byte for byte. With UPSTRIDE_APPROVE=1 those of now are
/// written.</summary>
public sealed partial class DocumentedFigureTests
{
    private static readonly string Docs = Path.Combine(SharedData.Checkout, "docs");

    public static TheoryData<string> Names => [.. Figures().Select(static figure => figure.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_figure_is_what_the_tool_draws(string name)
    {
        using var folder = new TemporaryFolder();
        string arguments = Figures().Single(figure => figure.Name == name).Arguments;
        foreach (string language in (string[])["en", "zh"])
        {
            string file = $"{name}.{language}.svg", path = Path.Combine(Docs, "pictures", "explained", file);
            Tool.Run([.. arguments.Split(' '), "--language", language, "--svg", folder.File(file)]).Text();
            string drawn = File.ReadAllText(folder.File(file));
            Assert.NotNull(XDocument.Parse(drawn).Root);
            if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") == "1") File.Copy(folder.File(file), path, overwrite: true);
            Assert.Equal(File.ReadAllText(path), drawn);
        }
    }

    [Fact]
    public void Every_page_is_there_in_both_languages_and_every_figure_is_shown_in_both()
    {
        string english = Path.Combine(Docs, "explained"), chinese = Path.Combine(english, "zh");
        string[] Pages(string folder) =>
            [.. Directory.GetFiles(folder, "*.md").Select(static page => Path.GetFileName(page)).Order(StringComparer.Ordinal)];

        // The page about checkerboards is older than the folder.
        Assert.Equal(Pages(english).Append("checkerboard.md").Order(StringComparer.Ordinal), Pages(chinese));
        string[] pages = [.. Directory.GetFiles(english, "*.md", SearchOption.AllDirectories), Path.Combine(Docs, "checkerboard.md"),
            Path.Combine(SharedData.Checkout, "README.md")];
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (string page in pages)
        {
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                string target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, link.Groups["target"].Value));
                Assert.True(File.Exists(target), $"{page} links {link.Groups["target"].Value}");
                shown.Add(Path.GetFileName(target));
            }
        }
        foreach ((string name, _) in Figures()) Assert.True(
            shown.Contains($"{name}.zh.svg") && (shown.Contains($"{name}.en.svg") || name == "uneven"), $"{name} is on no page");
    }

    private static (string Name, string Arguments)[] Figures() =>
    [
        .. File.ReadAllLines(Path.Combine(Docs, "pictures", "figures.txt")).Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => (line[..line.IndexOf(' ', StringComparison.Ordinal)],
                line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])),
    ];

    [GeneratedRegex(@"\]\((?<target>[^)#:]+\.(md|svg|png|txt))\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Link();
}
