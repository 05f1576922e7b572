using System.CommandLine;
using Upstride.Cli.Commands;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Completion;
using Upstride.Cli.Reports;

namespace Upstride.Cli;

/// <summary>The tool <c>upstride</c> as a function of its arguments, so that a test runs it in its own process.</summary>
internal static class CommandLineApplication
{
    // What a cancelled command may take to end by itself: until it does nothing any more, since it waits, or is busy with what will not
    // end.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">What is after the program's name.</param>
    /// <param name="output">Receives figures, and errors too where <c>--json</c> is given.</param>
    /// <param name="error">Receives messages for people and the progress.</param>
    /// <param name="cancellation">Ends the command with <see cref="ExitCode.Cancelled"/>.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default) =>
        ShardExit.Of(arguments, RunCommand(arguments, output, error, cancellation));

    private static int RunCommand(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var report = new Report(output, error, arguments.Contains("--json", StringComparer.Ordinal));

        try
        {
            // An argument that begins with @ is a file name like any other.
            Command root = CommandTree.Create(report);
            var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
            if (Suggestions.Find(root, arguments, configuration) is { } suggestions)
            {
                foreach (string suggestion in suggestions) output.WriteLine(suggestion);
                return ExitCode.Done;
            }
            ParseResult parsed =
                root.Parse(arguments.All(static argument => argument == "--json") ? ["--help"] : arguments, configuration);
            report.Words = OptionWords.Of(parsed.CommandResult.Command);
            if (UnknownWords.Find(parsed, arguments) is { } unknown) return Fail(report, unknown, HelpHint(parsed));
            if (parsed.Errors.Count > 0) return Fail(report, Failure.Of(parsed), HelpHint(parsed));
            return Invoke(parsed, output, error, cancellation);
        }
        catch (Exception exception) when (Failure.Of(exception) is { } failure)
        {
            return Fail(report, failure, hint: null);
        }
    }

    private static int Invoke(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        Task<int> command = Task.Factory.StartNew(
            () => parsed.InvokeAsync(configuration, cancellation).GetAwaiter().GetResult(), CancellationToken.None,
                TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Ends(command, parsed.CommandResult.Command is CommandWithExamples { SavesWhenCancelled: true }, cancellation)
            ? command.GetAwaiter().GetResult()
            : throw new OperationCanceledException(cancellation);
    }

    // A cancelled command ends by itself, and puts right what it began. One that does not is left behind: it waits for a file that never
    // answers.
    private static bool Ends(Task command, bool saves, CancellationToken cancellation)
    {
        try
        {
            Task.WaitAny([command], cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            if (Task.WaitAny([command], saves ? Timeout.InfiniteTimeSpan : Grace) >= 0) return true;
            for (TimeSpan waited = TimeSpan.Zero; waited < Patience; waited += Look)
            {
                TimeSpan before = Environment.CpuUsage.TotalTime;
                if (Task.WaitAny([command], Look) >= 0) return true;
                if (Environment.CpuUsage.TotalTime - before < Idle) return false;
            }
            return false;
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
