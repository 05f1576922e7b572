using System.Globalization;

namespace Upstride.Bench.Measuring;

/// <summary>What a long run has measured so far, a line for each problem, so that one that was stopped goes on.</summary>
/// <param name="path">The file; null keeps nothing.</param>
/// <param name="conditions">What all lines have in common: a file that was begun under others is refused.</param>
internal sealed class RatioFile(string? path, string conditions)
{
    private const string Comment = "# ";

    /// <summary>What is known of a problem.</summary>
    /// <param name="Name">The problem.</param>
    /// <param name="Milliseconds">Upstride's median.</param>
    /// <param name="SameContract">The best peer's time under the same contract over Upstride's; NaN where none ran.</param>
    /// <param name="OwnLayout">The same of oneDNN in its own layout.</param>
    /// <param name="Algorithm">Upstride's.</param>
    public sealed record Entry(string Name, double Milliseconds, double SameContract, double OwnLayout, string Algorithm);

    /// <summary>The lines there are.</summary>
    /// <exception cref="FormatException">The file is of another run.</exception>
    public IReadOnlyList<Entry> Read()
    {
        if (path is null || !File.Exists(path)) return [];
        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Comment + conditions)
            throw new FormatException(
                $"{path} is of another run ('{(lines.Length > 0 ? lines[0].TrimStart('#', ' ') : "empty")}' against '{conditions}'): "
                    + "name another file with --results, or remove it");
        // A line that a stop cut short is measured again.
        return [.. lines.Skip(1).Select(static line => line.Split('\t')).Where(static words => words.Length == 6).Select(static words =>
            new Entry(words[0], Number(words[1]), Number(words[2]), Number(words[3]), words[4]))];
    }

    /// <summary>Adds a line.</summary>
    public void Add(Entry entry)
    {
        if (path is null) return;
        using var writer = new StreamWriter(path, append: true);
        if (writer.BaseStream.Length == 0) writer.WriteLine(Comment + conditions);
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{entry.Name}\t{entry.Milliseconds:g6}\t{entry.SameContract:g5}\t{entry.OwnLayout:g5}\t{entry.Algorithm}\t."));
    }

    private static double Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
        : throw new FormatException($"'{word}' in a file of results is not a number: remove the file");
}
