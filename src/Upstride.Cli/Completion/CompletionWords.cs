using System.CommandLine;

namespace Upstride.Cli.Completion;

/// <summary>What may be typed after a command: commands below it, its options, and the words of options that have a choice.</summary>
/// <param name="Path">The command from the first word on: <c>upstride apply conv2d</c>.</param>
/// <param name="Commands">The commands below it.</param>
/// <param name="Options">Its options by all of their names, with what they do.</param>
internal sealed record CommandWords(string Path, string[] Commands, OptionChoice[] Options);

/// <summary>An option with the words that it takes.</summary>
/// <param name="Names">Its name and aliases.</param>
/// <param name="Description">What it does.</param>
/// <param name="Words">The words that it takes; empty where it takes others.</param>
/// <param name="TakesValue">Whether anything follows it.</param>
internal sealed record OptionChoice(string[] Names, string Description, string[] Words, bool TakesValue);

/// <summary>The words of every command.</summary>
internal sealed class CompletionWords
{
    private CompletionWords(CommandWords[] commands) => Commands = commands;

    /// <summary>Every command, each before those below it.</summary>
    public IReadOnlyList<CommandWords> Commands { get; }

    /// <summary>The words of a tree of commands.</summary>
    public static CompletionWords Of(Command root) => new([.. Walk(root, root.Name, [])]);

    private static IEnumerable<CommandWords> Walk(Command command, string path, IEnumerable<Option> inherited)
    {
        Option[] options = [.. command.Options, .. inherited.Except(command.Options)];
        yield return new(path, [.. command.Subcommands.Select(static part => part.Name)], [.. options.Select(Choice)]);
        foreach (Command part in command.Subcommands)
            foreach (CommandWords words in Walk(part, $"{path} {part.Name}",
                options.Where(static option => option.Recursive || option is System.CommandLine.Help.HelpOption)))
                yield return words;
    }

    /// <summary>The words that an option takes; empty where it takes others.</summary>
    public static string[] WordsOf(Option option) =>
        option.HelpName is { } words && words.Contains('|', StringComparison.Ordinal) ? words.Split('|') : [];

    private static OptionChoice Choice(Option option) => new(
        [option.Name, .. option.Aliases.Where(static alias => alias.StartsWith('-'))],
        option.Description ?? "",
        WordsOf(option),
        option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool));
}
