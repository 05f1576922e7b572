using System.CommandLine;
using System.CommandLine.Parsing;

namespace Upstride.Cli;

/// <summary>
/// Finds what was mistyped. Whatever begins with '-' is an option, unless it comes after <c>--</c> or is a number where an option wants
/// one: the parser alone would take a mistyped option for a file.
/// </summary>
internal static class UnknownWords
{
    /// <summary>The first unknown option or command, with the known one that is most like it; null where there is none.</summary>
    /// <param name="parsed">The line as the parser understands it.</param>
    /// <param name="arguments">The line as it was typed.</param>
    public static Failure? Find(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        Token[] words =
            [.. parsed.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash)
            .Where(static token => token.Type == TokenType.Argument)];
        HashSet<Token> values = [.. parsed.CommandResult.Children.OfType<OptionResult>().SelectMany(static option => option.Tokens)];
        bool isGroup = parsed.CommandResult.Command.Subcommands.Count > 0;
        foreach (Token word in words)
        {
            string text = word.Value;
            if (isGroup && !text.StartsWith('-')) return UnknownCommand(parsed, text);
            if (text.Length < 2 || text[0] != '-') continue;

            // A value may be a negative number; one that is joined to its option by '=' is a value whatever it begins with.
            if (values.Contains(word)
                && (char.IsAsciiDigit(text[1]) || text[1] == '.' || !arguments.Contains(text, StringComparer.Ordinal))) continue;
            return UnknownOption(parsed, text);
        }
        return null;
    }

    private static Failure UnknownOption(ParseResult parsed, string text)
    {
        string name = text.Split('=', ':')[0];
        var known = new List<string>();
        for (CommandResult? at = parsed.CommandResult; at is not null; at = at.Parent as CommandResult)
            foreach (Option option in at.Command.Options)
                if (at == parsed.CommandResult || option.Recursive) known.Add(option.Name);
        return new(Cli.ExitCode.BadInput, null, Nearest(name, known) is { } nearest
            ? $"unknown option '{name}': did you mean '{nearest}'?"
            : $"unknown option '{name}'; a file whose name begins with '-' comes after '--'");
    }

    private static Failure UnknownCommand(ParseResult parsed, string text)
    {
        string[] known = [.. parsed.CommandResult.Command.Subcommands.Select(static command => command.Name)];
        return new(Cli.ExitCode.BadInput, null, Nearest(text, known) is { } nearest
            ? $"unknown command '{text}': did you mean '{nearest}'?"
            : $"unknown command '{text}': it must be one of {string.Join(", ", known)}");
    }

    // The known word that takes the fewest typing errors to become what was typed, where these are few for its length.
    private static string? Nearest(string typed, IEnumerable<string> known)
    {
        (string Word, int Errors) best = known.Select(word => (Word: word, Errors: Errors(typed, word))).MinBy(static one => one.Errors);
        return best.Word is not null && best.Errors <= Math.Max(1, best.Word.TrimStart('-').Length / 3) ? best.Word : null;
    }

    // Letters left out, added, exchanged for others or with their neighbours (Damerau, restricted); upper and lower case are alike.
    private static int Errors(string typed, string word)
    {
        (string a, string b) = (typed.ToUpperInvariant(), word.ToUpperInvariant());
        var table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                int least = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least = Math.Min(least, table[i - 2, j - 2] + 1);
                table[i, j] = least;
            }
        }
        return table[a.Length, b.Length];
    }
}
