using System.Text;

namespace Upstride.Cli.Completion;

/// <summary>Completion for fish, with what each option does.</summary>
internal static class FishCompletion
{
    /// <summary>The script.</summary>
    public static string Script(CompletionWords words)
    {
        var text = new StringBuilder();
        foreach (CommandWords command in words.Commands)
        {
            // At a command: all of its words were typed, and none of a command below it.
            string[] path = command.Path.Split(' ')[1..];
            string typed = string.Concat(path.Select(static word => $"__fish_seen_subcommand_from {word}; and "));
            string below = command.Commands.Length == 0 ? "true" : $"not __fish_seen_subcommand_from {string.Join(' ', command.Commands)}";
            string condition = $"-n '{typed}{below}'";
            foreach (string part in command.Commands) text.Append($"complete -c upstride -f {condition} -a {part}\n");
            foreach (OptionChoice option in command.Options)
            {
                text.Append($"complete -c upstride {condition}");
                foreach (string name in option.Names)
                    text.Append(name.StartsWith("--", StringComparison.Ordinal)
                        ? $" -l {name[2..]}" : name.Length == 2 ? $" -s {name[1..]}" : $" -o {name[1..]}");
                if (option.Words.Length > 0) text.Append($" -x -a '{string.Join(' ', option.Words)}'");
                else if (option.TakesValue) text.Append(" -r");
                text.Append($" -d '{option.Description.Replace("'", "\\'", StringComparison.Ordinal)}'\n");
            }
        }
        return text.ToString().TrimEnd();
    }
}
