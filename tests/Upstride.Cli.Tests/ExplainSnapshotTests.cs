using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>
/// What `explain`, `shape` and `check` print, whole: text in both languages and JSON. To accept a change, look at it:
/// <c>UPSTRIDE_ACCEPT=1 ./test --filter-class '*ExplainSnapshotTests'</c> writes the files under <c>Snapshots</c> anew.
/// </summary>
public sealed class ExplainSnapshotTests
{
    private const string WorkedExample = "--input 3x3 --kernel 3 --stride 2 --padding 1 --output-padding 1";

    private static readonly string _folder = Path.Combine(SharedData.Checkout, "tests", "Upstride.Cli.Tests", "Snapshots");

    private static readonly (string Name, string Line)[] _lines =
    [
        ("explain", "explain"),
        ("explain-scatter", $"explain {WorkedExample} --view scatter --at 2x3"),
        ("explain-gather", $"explain {WorkedExample} --view gather --at 2x3"),
        ("explain-matrix", $"explain {WorkedExample} --view matrix --at 2x3"),
        ("explain-phases", $"explain {WorkedExample} --view phases --at 2x3"),
        ("explain-convolution", $"explain {WorkedExample} --view convolution --at 2x3"),
        ("explain-symbols", "explain --input 2 --kernel 3 --stride 2 --values symbols --weight symbols --view scatter"),
        ("explain-symbolic-size", "explain --input i --kernel 9 --stride 4 --padding 3 --output-padding 1"),
        ("explain-tensorflow", "explain --input 4x4 --kernel 3 --stride 2 --framework tensorflow --auto-pad same --compare"),
        ("explain-bilinear", "explain --method bilinear --input 3 --scale 2"),
        ("explain-ordinary", "explain --convolution --input 5 --kernel 3 --stride 2"),
        ("shape", "shape --input 85x85 --kernel 9 --stride 3 --padding 4 --output-padding 2"),
        ("check-uneven", "check --kernel 3 --stride 2"),
        ("check-even", "check --kernel 4 --stride 2 --weight index --input 8"),
    ];

    public static TheoryData<string, string> Lines()
    {
        var data = new TheoryData<string, string>();
        foreach ((string name, string line) in _lines)
        {
            data.Add($"{name}.json", $"{line} --json");
            if (!line.StartsWith("shape", StringComparison.Ordinal))
                foreach (string language in (string[])["en", "zh"]) data.Add($"{name}.{language}.txt", $"{line} --language {language}");
            else
                data.Add($"{name}.txt", line);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void It_prints_the_same_to_the_letter(string name, string line)
    {
        string path = Path.Combine(_folder, name), text = Tool.RunLine(line).Text();
        if (Environment.GetEnvironmentVariable("UPSTRIDE_ACCEPT") is { Length: > 0 })
        {
            Directory.CreateDirectory(_folder);
            File.WriteAllText(path, text);
        }
        Assert.Equal(File.ReadAllText(path), text);
    }

    [Fact]
    public void Each_file_belongs_to_a_line() =>
        Assert.Equal(
            Lines().Select(static row => row.Data.Item1).Order(StringComparer.Ordinal),
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
}
