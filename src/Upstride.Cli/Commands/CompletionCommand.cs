using System.CommandLine;
using Upstride.Cli.Completion;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands;

/// <summary><c>upstride completion</c>: a script by which a shell completes commands, options and their words.</summary>
internal sealed class CompletionCommand : CommandWithExamples
{
    private static readonly string[] s_shells = ["bash", "zsh", "fish", "pwsh"];

    public CompletionCommand(Report report, Command root) : base(
        "completion",
        "Prints a script that lets a shell complete commands, options and the words that options take.",
        new Example("completion bash", "For ~/.bashrc: source <(upstride completion bash)."),
        new Example("completion fish", "For fish: upstride completion fish > ~/.config/fish/completions/upstride.fish."))
    {
        var shell = new Argument<string>("shell") { Description = $"One of {string.Join(", ", s_shells)}." };
        Add(shell);
        SetAction((parsed, _) =>
        {
            CompletionWords words = CompletionWords.Of(root);
            report.Line(parsed.GetValue(shell) switch
            {
                "bash" => BashCompletion.Script(words),
                "zsh" => $"autoload -U +X bashcompinit && bashcompinit\n{BashCompletion.Script(words)}",
                "fish" => FishCompletion.Script(words),
                "pwsh" => PowerShellCompletion.Script(words),
                var other => throw CommandException.BadInput("shell",
                    $"there is no script for '{other}': choose one of {string.Join(", ", s_shells)}"),
            });
            return Task.FromResult(ExitCode.Done);
        });
    }
}
