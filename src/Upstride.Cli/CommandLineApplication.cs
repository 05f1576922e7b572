using System.CommandLine;
using Upstride.Cli.Commands;
using Upstride.Cli.Reports;

namespace Upstride.Cli;

/// <summary>The tool <c>upstride</c> as a function of its arguments, so that a test runs it in its own process.</summary>
internal static class CommandLineApplication
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">What stands behind the program's name.</param>
    /// <param name="output">Receives figures, and errors too where <c>--json</c> is given.</param>
    /// <param name="error">Receives messages for people and the progress.</param>
    /// <param name="cancellation">Ends the command with <see cref="ExitCode.Cancelled"/>.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        var report = new Report(output, error, arguments.Contains("--json", StringComparer.Ordinal));
        try
        {
            // An argument that begins with @ is a file name like any other.
            Command root = CommandTree.Create(report);
            ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0) return Fail(report, Failure.Of(parsed), HelpHint(parsed));
            var configuration = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return parsed.InvokeAsync(configuration, cancellation).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (Failure.Of(exception) is { } failure)
        {
            return Fail(report, failure, hint: null);
        }
    }

    private static int Fail(Report report, Failure failure, string? hint)
    {
        report.Error(failure, hint);
        return failure.ExitCode;
    }

    private static string HelpHint(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, result.Command.Name);
        return $"'{string.Join(' ', names)} --help' shows the options, with examples";
    }
}
