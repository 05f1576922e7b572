namespace Upstride.Files;

/// <summary>A file that is not the <c>.npy</c> file it should be; the message names the file and the fault.</summary>
public sealed class NpyFormatException : Exception
{
    internal NpyFormatException(string file, string fault) : base($"'{file}' is not a usable .npy file: {fault}")
    {
    }
}
