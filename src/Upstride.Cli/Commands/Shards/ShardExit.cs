using Upstride.Cli.Commands.Videos;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Shards;

/// <summary>
/// What a process that makes a shard ends with, for schedulers that run it again or do not: Kubernetes' podFailurePolicy, Slurm's requeue.
/// </summary>
internal static class ShardExit
{
    /// <summary>It may pass the next time: a file could not be read or written, memory was short, a signal came.</summary>
    public const int TryAgain = 75;

    /// <summary>It can never pass: an argument is wrong, or every picture is bad.</summary>
    public const int Hopeless = 42;

    // What Linux calls it, and Windows.
    private const int NoSpace = 28, DiskFull = unchecked((int)0x80070070);

    /// <summary>The exit code of a command line: its own where it makes no shard.</summary>
    /// <param name="arguments">The line.</param>
    /// <param name="code">One of <see cref="ExitCode"/>, or of these.</param>
    public static int Of(IReadOnlyList<string> arguments, int code) => !MakesShard(arguments) ? code : code switch
    {
        ExitCode.BadInput => Hopeless,
        ExitCode.File or ExitCode.Cancelled => TryAgain,
        _ => code,
    };

    /// <summary>Whether what went wrong may go well the next time.</summary>
    public static bool IsPassing(Exception exception)
    {
        Exception[] causes = [.. Causes(exception)];
        if (causes.Any(static cause => cause is OperationCanceledException or OutOfMemoryException)) return true;

        // A decoder that damaged data leads outside the file tells it as trouble with the file.
        return !causes.Any(static cause => cause is ImageFormatException or FfmpegException { IsHopeless: true })
            && (exception is CommandException { ExitCode: ExitCode.File } || causes.Any(static cause =>
                cause is IOException or UnauthorizedAccessException));
    }

    /// <summary>Whether there is no room to write in, so that nothing else can be written either.</summary>
    public static bool IsFull(Exception exception) => Causes(exception).Any(static cause => cause.HResult is NoSpace or DiskFull);

    private static bool MakesShard(IReadOnlyList<string> arguments) =>
        arguments is ["upscale" or "segment" or "evaluate" or "run" or "--json", ..]
        && arguments.TakeWhile(static word => word != "--").Any(static word =>
            word == ShardOption.Name || word.StartsWith(ShardOption.Name + "=", StringComparison.Ordinal)
            || word.StartsWith(ShardOption.Name + ":",
                StringComparison.Ordinal));

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException) yield return cause;
    }
}
