using System.Text;

namespace Upstride.Cli.Completion;

/// <summary>Completion for bash, and for zsh, which understands the same.</summary>
internal static class BashCompletion
{
    /// <summary>The script. File names are completed where there are no words.</summary>
    public static string Script(CompletionWords words)
    {
        var text = new StringBuilder();
        text.Append("""
            _upstride() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path=upstride words="" i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "$path ${COMP_WORDS[i]}" in

            """);
        foreach (CommandWords command in words.Commands.Skip(1))
            text.Append($"            \"{command.Path}\") path=\"{command.Path}\" ;;\n");
        text.Append("""
                    esac
                done
                case "$path $previous" in

            """);
        foreach (CommandWords command in words.Commands)
        {
            foreach (OptionChoice option in command.Options.Where(static option => option.TakesValue))
                text.Append($"        {string.Join('|', option.Names.Select(name => $"\"{command.Path} {name}\""))}) "
                    + $"words=\"{string.Join(' ', option.Words)}\" ;;\n");
        }
        text.Append("""
                    *)
                        case "$path" in

            """);
        foreach (CommandWords command in words.Commands)
            text.Append($"                \"{command.Path}\") "
                + $"words=\"{string.Join(' ', command.Commands.Concat(command.Options.SelectMany(static option => option.Names)))}\" ;;\n");
        text.Append("""
                        esac ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -o default -F _upstride upstride
            """);
        return text.ToString().ReplaceLineEndings("\n");
    }
}
