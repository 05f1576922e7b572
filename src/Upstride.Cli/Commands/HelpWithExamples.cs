using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Upstride.Cli.Commands;

/// <summary>The usual help, followed by the command's worked examples.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        new HelpAction().Invoke(parseResult);
        if (parseResult.CommandResult.Command is not CommandWithExamples command) return ExitCode.Done;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (Example example in ExamplesOf(command))
        {
            output.WriteLine($"  upstride {example.Arguments}");
            output.WriteLine($"      {example.Shows}");
        }
        return ExitCode.Done;
    }

    // A group shows the first example of each of its commands.
    private static IEnumerable<Example> ExamplesOf(CommandWithExamples command) => command.Examples.Count > 0
        ? command.Examples
        : command.Subcommands.OfType<CommandWithExamples>().Select(part => ExamplesOf(part).First());
}
