using System.Globalization;
using System.Text.RegularExpressions;

namespace Upstride.Explain.Teaching;

/// <summary>
/// What the libraries say of a damaged file, in another language: a message is known by its kind, the sentence with holes that it was made
/// from, and what stood in the holes is put into the translation. Messages of files are texts, unlike refusals of sizes
/// (<see cref="Texts.Refusal(Upstride.Geometry.GeometryError)"/>), which keep their sentence.
/// </summary>
internal sealed partial class FaultTexts
{
    // A message in a message in a message: the file, the node, its fault, and words in that.
    private const int Deepest = 6;

    private readonly (Regex Kind, string Text)[] _kinds;

    /// <param name="sentences">English sentences with holes, and their translations; of two that fit, the first is taken.</param>
    public FaultTexts(IEnumerable<KeyValuePair<string, string>> sentences) => _kinds = [.. sentences.Select(static one => (
        new Regex("^" + Holes().Replace(Appended().Replace(Regex.Escape(one.Key), "(?<h$1>| .+?)"), "(?<h$1>.+?)") + "$",
            RegexOptions.CultureInvariant | RegexOptions.Singleline),
        one.Value))];

    /// <summary>The message in the language; null where its kind, or that of a part, is not known.</summary>
    public string? Say(string message) => Say(message, Deepest);

    /// <summary>The names and numbers of a message, in their order.</summary>
    public static string[] ValuesOf(string message) =>
        [.. Values().Matches(message).Select(static one => one.Value).Distinct(StringComparer.Ordinal)];

    private string? Say(string message, int depth)
    {
        if (depth == 0) return null;
        foreach ((Regex kind, string text) in _kinds)
        {
            Match match = kind.Match(message);
            if (!match.Success) continue;
            var values = new string?[match.Groups.Count - 1];
            for (int hole = 0; hole < values.Length; hole++)
            {
                // What the translation leaves out need not be known.
                string number = hole.ToString(CultureInfo.InvariantCulture);
                values[hole] = text.Contains($"{{{number}}}", StringComparison.Ordinal)
                    ? Say(match.Groups["h" + number].Value, depth - 1) : "";
            }
            // Another reading of the same message may know all parts.
            if (!values.Contains(null)) return string.Format(CultureInfo.InvariantCulture, text, values);
        }
        return IsSentence().IsMatch(message) ? null : message;
    }

    [GeneratedRegex(@"\\\{(\d+)}")]
    private static partial Regex Holes();

    // A hole behind a hole: words that are added to a number, or nothing.
    [GeneratedRegex(@"(?<=\\\{\d+})\\\{(\d+)}")]
    private static partial Regex Appended();

    // Names and formulas need no translation; two words side by side do.
    [GeneratedRegex(@"\b[a-z]{2,},? [a-z]{2,}\b")]
    private static partial Regex IsSentence();

    [GeneratedRegex(@"'[^']*'|\[[0-9, -]*\]|-?\d+(\.\d+)?")]
    private static partial Regex Values();
}
