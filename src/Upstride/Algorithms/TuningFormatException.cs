namespace Upstride.Algorithms;

/// <summary>A file that is not the tuning it should be; the message names the file, the line and the fault.</summary>
public sealed class TuningFormatException : Exception
{
    internal TuningFormatException(string file, int line, string fault, Exception? inner = null)
        : base($"'{file}' is not a usable tuning: line {line}: {fault}", inner)
    {
    }

    internal TuningFormatException(string file, string fault) : base($"'{file}' is not a usable tuning: {fault}")
    {
    }
}
