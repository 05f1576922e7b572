using Upstride.Algorithms;

namespace Upstride.Cli.Commands;

/// <summary>
/// With <c>UPSTRIDE_VERBOSE=1</c> every convolution that runs is a line of the error output, which the benchmarks read: a slow case to
/// send.
/// </summary>
internal static class Tracing
{
    /// <summary>What turns it on.</summary>
    public const string Variable = "UPSTRIDE_VERBOSE";

    /// <summary>The settings, and lines where they are asked for.</summary>
    public static ComputeSettings WithLines(this ComputeSettings settings) =>
        Environment.GetEnvironmentVariable(Variable) != "1" ? settings
        : settings with { Trace = static run => Console.Error.WriteLine(run) };
}
