using Upstride.Files;

namespace Upstride.Learning.Saving;

/// <summary>A safetensors file that is damaged, lies about its contents, or does not hold what is asked of it. The message is the file's
/// name, the tensor where one is at fault, and the fault.</summary>
public sealed class SafetensorsException : Exception
{
    private const int LongestQuote = 200;

    /// <param name="fileName">The file as the caller named it.</param>
    /// <param name="tensor">The tensor at fault; null where it is the file.</param>
    /// <param name="fault">What is wrong.</param>
    /// <param name="inner">The cause, where another component found the fault.</param>
    public SafetensorsException(string fileName, string? tensor, string fault, Exception? inner = null)
        : base(tensor is null ? $"{fileName}: {fault}" : $"{fileName}: tensor '{Quote(tensor)}': {fault}", inner)
    {
        FileName = fileName;
        Tensor = tensor;
        Fault = fault;
    }

    /// <summary>The file as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>The name of the tensor at fault; null where it is the file.</summary>
    public string? Tensor { get; }

    /// <summary>What is wrong.</summary>
    public string Fault { get; }

    /// <summary>Text from a file for a message.</summary>
    internal static string Quote(string text) => QuotedText.Of(text, LongestQuote);
}
