using System.Text.RegularExpressions;

namespace Upstride.Documentation.Tests;

/// <summary>What a machine can see of a page that a reader would stumble over: links, headings, pictures, tables, unclosed code.</summary>
public partial class DocumentedPageTests
{
    public static TheoryData<string> Pages =>
    [
        .. ((string[])["docs", "samples", "src", "deploy"]).Select(static folder => Path.Combine(SharedData.Checkout, folder))
            .SelectMany(static folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(SharedData.Checkout, "*.md"))
            .Select(static file => Path.GetRelativePath(SharedData.Checkout, file).Replace('\\', '/'))
            .Where(static name => !name.Split('/').Any(static part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_and_picture_of_a_page_leads_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(SharedData.Checkout, page))!;
        foreach (string target in Targets(Prose(page)))
        {
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            string[] parts = Uri.UnescapeDataString(target).Split('#');
            string file = parts[0].Length == 0 ? Path.Combine(SharedData.Checkout, page) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{page} leads to {target}, which is not there");
            if (parts.Length > 1 && file.EndsWith(".md", StringComparison.Ordinal))
                Assert.True(Headings(Path.GetRelativePath(SharedData.Checkout, file)).Contains(parts[1]),
                    $"{page} leads to {target}, and there is no such heading");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_table_of_a_page_has_as_many_cells_in_each_row(string page)
    {
        string[] lines = [.. Prose(page)];
        for (int i = 0; i < lines.Length; i++)
        {
            if (!IsRow(lines[i])) continue;
            Assert.True(i + 1 < lines.Length && Ruler().IsMatch(lines[i + 1]), $"{page}: no ruler under the table's head: {lines[i]}");
            Assert.True(i == 0 || lines[i - 1].Trim().Length == 0, $"{page}: no empty line before the table: {lines[i]}");
            int cells = Cells(lines[i]);
            for (; i < lines.Length && lines[i].Contains('|', StringComparison.Ordinal); i++)
                Assert.True(Cells(lines[i]) == cells, $"{page}: {Cells(lines[i])} cells, and the head has {cells}: {lines[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_begins_with_its_title_and_closes_its_code(string page)
    {
        string[] lines = File.ReadAllLines(Path.Combine(SharedData.Checkout, page));
        Assert.StartsWith("# ", lines.First(static line => line.Trim().Length > 0), StringComparison.Ordinal);
        Assert.Equal(0, lines.Count(static line => line.TrimStart().StartsWith("```", StringComparison.Ordinal)) % 2);
        Assert.Equal(1, Prose(page).Count(static line => line.StartsWith("# ", StringComparison.Ordinal)));
        foreach (string line in Prose(page))
            foreach (Match picture in Picture().Matches(line))
                Assert.True(picture.Groups[1].Value.Trim().Length > 0, $"{page}: a picture without words for who cannot see it: {line}");
    }

    [Fact]
    public void Every_page_of_the_documentation_is_led_to()
    {
        HashSet<string> seen = [];
        var open = new Stack<string>(["README.md"]);
        while (open.TryPop(out string? page))
        {
            if (!seen.Add(page)) continue;
            string folder = Path.GetDirectoryName(Path.Combine(SharedData.Checkout, page))!;
            foreach (string target in Targets(Prose(page)))
            {
                string name = target.Split('#')[0];
                if (name.Contains("://", StringComparison.Ordinal) || !name.EndsWith(".md", StringComparison.Ordinal)) continue;
                open.Push(Path.GetRelativePath(SharedData.Checkout, Path.GetFullPath(Path.Combine(folder, name))).Replace('\\', '/'));
            }
        }
        string[] lost = [.. Pages.Select(static row => row.Data).Where(page => page.StartsWith("docs/", StringComparison.Ordinal)
            && !seen.Contains(page))];
        Assert.True(lost.Length == 0, $"no page leads to {string.Join(", ", lost)}");
    }

    // The lines that are no code.
    private static IEnumerable<string> Prose(string page)
    {
        bool code = false;
        foreach (string line in File.ReadLines(Path.Combine(SharedData.Checkout, page)))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) code = !code;
            else if (!code && !line.StartsWith("    ", StringComparison.Ordinal)) yield return line;
        }
    }

    private static IEnumerable<string> Targets(IEnumerable<string> lines) => lines
        .SelectMany(static line => Link().Matches(Span().Replace(line, "")))
        .Select(static link => link.Groups[1].Value);

    // As GitHub makes them of headings: lower case, without marks, hyphens for spaces.
    private static HashSet<string> Headings(string page) =>
    [
        .. Prose(page).Where(static line => line.StartsWith('#')).Select(static line =>
            Marks().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    private static bool IsRow(string line) => line.StartsWith('|');

    private static int Cells(string line) => Bar().Matches(line.Trim().Trim('|')).Count + 1;

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"!\[([^\]]*)\]")]
    private static partial Regex Picture();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Span();

    [GeneratedRegex(@"[^\p{L}\p{N}_\- ]")]
    private static partial Regex Marks();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex(@"^\|?[\s:|-]*-[\s:|-]*\|?$")]
    private static partial Regex Ruler();
}
