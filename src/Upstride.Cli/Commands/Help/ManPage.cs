using System.CommandLine;
using System.Text;

namespace Upstride.Cli.Commands.Help;

/// <summary>The manual page of the tool, in the language of man's macros.</summary>
internal static class ManPage
{
    /// <summary>A page of a command and all under it.</summary>
    public static string Of(Command root)
    {
        var page = new StringBuilder();
        page.AppendLine($".TH {root.Name.ToUpperInvariant()} 1").AppendLine(".SH NAME")
            .AppendLine($"{root.Name} \\- {Text(FirstSentence(root))}").AppendLine(".SH SYNOPSIS").AppendLine($".B {root.Name}")
            .AppendLine(".I command").AppendLine("[options]").AppendLine(".SH DESCRIPTION").AppendLine(Text(root.Description))
            .AppendLine(".SH OPTIONS OF ALL COMMANDS");
        Options(page, root);
        page.AppendLine(".SH COMMANDS");
        foreach (Command command in root.Subcommands) Add(page, command, root.Name);
        page.Append(".SH EXIT STATUS\n0 done, 1 the answer is no, 2 a wrong argument or a bad input, 3 a file cannot be read or written, "
            + "130 and 143 ended by a signal.");
        return page.ToString();
    }

    private static void Add(StringBuilder page, Command command, string before)
    {
        string name = $"{before} {command.Name}";
        if (command.Subcommands.Count > 0)
        {
            foreach (Command part in command.Subcommands) Add(page, part, name);
            return;
        }
        page.AppendLine($".SS {Text(name)} {Text(string.Join(' ', command.Arguments.Select(static one => $"<{one.Name}>")))}".TrimEnd())
            .AppendLine(Text(command.Description));
        foreach (Argument argument in command.Arguments)
            page.AppendLine(".TP").AppendLine($".I {Text(argument.Name)}").AppendLine(Text(argument.Description));
        Options(page, command);
        if (command is not CommandWithExamples { Examples: { Count: > 0 } examples }) return;
        page.AppendLine(".PP").AppendLine("Examples:");
        foreach (Example example in examples)
            page.AppendLine(".TP").AppendLine($".B upstride {Text(example.Arguments)}").AppendLine(Text(example.Shows));
    }

    private static void Options(StringBuilder page, Command command)
    {
        foreach (Option option in command.Options.Where(static option => !option.Hidden))
        {
            string names = string.Join(", ", [option.Name, .. option.Aliases.Where(alias => alias != option.Name)]);
            page.AppendLine(".TP").AppendLine($".B {Text(names)}{(option.HelpName is { } value ? $" <{Text(value)}>" : "")}")
                .AppendLine(Text(option.Description));
        }
    }

    private static string FirstSentence(Command command) => (command.Description ?? "").Split(':')[0];

    // A dash is a minus and not a hyphen, a backslash is itself, and no line begins as a request.
    private static string Text(string? text)
    {
        string escaped = (text ?? "").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? $"\\&{escaped}" : escaped;
    }
}
