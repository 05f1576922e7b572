using System.CommandLine;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Help;

/// <summary><c>upstride help</c>: a command's help by its name, or all of it as a manual page.</summary>
internal sealed class HelpCommand : CommandWithExamples
{
    private readonly Argument<string[]> _words = new("command")
    {
        Description = "The command, with the group that it is in: apply resize.", Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _man = new("--man")
    {
        Description = "Print the manual page of all commands: upstride help --man > upstride.1.", Arity = ArgumentArity.Zero,
    };

    public HelpCommand(Report report, Command root) : base(
        "help",
        "Shows what a command does, its options, and examples.",
        new Example("help upscale", "The same as upstride upscale --help."),
        new Example("help --man", "The manual page, for man."))
    {
        Add(_words);
        Add(_man);
        SetAction((parsed, _) =>
        {
            if (parsed.GetValue(_man))
            {
                report.Line(ManPage.Of(root));
                return Task.FromResult(ExitCode.Done);
            }
            Command command = root;
            string[] words = parsed.GetValue(_words) ?? [];
            foreach (string word in words)
                command = command.Subcommands.FirstOrDefault(part => part.Name == word)
                    ?? throw CommandException.BadInput(
                        "command", $"there is no command '{string.Join(' ', words)}': 'upstride help' lists them");
            root.Parse([.. words, "--help"]).Invoke(parsed.InvocationConfiguration);
            return Task.FromResult(ExitCode.Done);
        });
    }
}
