namespace Upstride.Imaging;

/// <summary>A file that is not a picture that can be read: damaged, truncated, lying about its size, above a limit, or of an
/// unknown format. The message is the file's name and the fault. A file that cannot be opened at all (missing, forbidden)
/// gives the ordinary <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> instead.</summary>
public sealed class ImageFormatException : Exception
{
    /// <param name="fileName">The file as the caller named it.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="inner">The cause, where another component found the fault.</param>
    public ImageFormatException(string fileName, string fault, Exception? inner = null)
        : base($"{fileName}: {fault}", inner)
    {
        FileName = fileName;
        Fault = fault;
    }

    /// <summary>The file as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>What is wrong with the file.</summary>
    public string Fault { get; }
}
