namespace Upstride.Cli.Npy;

/// <summary>A file that is not the <c>.npy</c> file it should be; the message names the file and the fault.</summary>
internal sealed class NpyFormatException : Exception
{
    public NpyFormatException(string file, string fault) : base($"'{file}' is not a usable .npy file: {fault}")
    {
    }
}
