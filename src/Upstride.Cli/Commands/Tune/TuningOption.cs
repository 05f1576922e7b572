using System.CommandLine;
using Upstride.Algorithms;

namespace Upstride.Cli.Commands.Tune;

/// <summary><c>--tuning</c>: a file that <c>upstride tune</c> wrote, whose algorithms are followed.</summary>
internal static class TuningOption
{
    /// <summary>The option.</summary>
    public static Option<string?> Create() => CommandOptions.File("--tuning",
        "A file of upstride tune: convolutions that it holds take its algorithms, which decide on the last bits of results. Default none.");

    /// <summary>The tuning that it names; null where it is not given.</summary>
    /// <exception cref="CommandException">The file is no tuning, or cannot be read.</exception>
    public static Tuning? Read(this Option<string?> option, ParseResult parsed) =>
        parsed.GetValue(option) is { } path ? CommandException.OnFile("tuning", () => Tuning.Load(path)) : null;
}
