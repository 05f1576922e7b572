namespace Upstride.Cli;

/// <summary>What the process ends with, the same for every command.</summary>
internal static class ExitCode
{
    /// <summary>The command did what it was asked.</summary>
    public const int Done = 0;

    /// <summary>The command ran, and its answer is no: nothing was found, a check did not hold.</summary>
    public const int No = 1;

    /// <summary>An argument is wrong, or an input file does not hold what it should.</summary>
    public const int BadInput = 2;

    /// <summary>A file is missing, or cannot be read or written.</summary>
    public const int File = 3;

    /// <summary>Cancelled, as by Ctrl-C: 128 + SIGINT.</summary>
    public const int Cancelled = 130;

    /// <summary>Cancelled by a polite kill: 128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
