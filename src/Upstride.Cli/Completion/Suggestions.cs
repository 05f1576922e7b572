using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Upstride.Cli.Completion;

/// <summary>System.CommandLine's directive <c>[suggest:POSITION] "LINE"</c>, by which the program dotnet-suggest completes lines of any
/// tool: what may stand at a place of a line, one in a row.</summary>
internal static partial class Suggestions
{
    /// <summary>The suggestions that are asked for; null where the line asks for none.</summary>
    /// <param name="root">The command tree.</param>
    /// <param name="arguments">What is after the program's name.</param>
    /// <param name="configuration">By which lines are read.</param>
    public static IEnumerable<string>? Find(Command root, IReadOnlyList<string> arguments, ParserConfiguration configuration)
    {
        if (arguments.Count == 0 || Directive().Match(arguments[0]) is not { Success: true } directive) return null;
        string line = arguments.Count > 1 ? arguments[^1] : "";
        int position = int.TryParse(directive.Groups["position"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int told)
            ? Math.Min(told, line.Length) : line.Length;
        Offer(root);
        return root.Parse(line, configuration).GetCompletions(position).Select(static item => item.Label);
    }

    // The parser would offer the members of an enumeration, which are not what a user types.
    private static void Offer(Command command)
    {
        foreach (Option option in command.Options)
        {
            if (CompletionWords.WordsOf(option) is not [_, ..] words) continue;
            option.CompletionSources.Clear();
            option.CompletionSources.Add(words);
        }
        foreach (Command part in command.Subcommands) Offer(part);
    }

    [GeneratedRegex("^\\[suggest(?::(?<position>[0-9]+))?\\]$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Directive();
}
