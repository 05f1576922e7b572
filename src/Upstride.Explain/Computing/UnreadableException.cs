using Upstride.Geometry;

namespace Upstride.Explain.Computing;

/// <summary>A text that cannot be read; words and values of the message stay apart, so that it can be told in another language.</summary>
internal sealed class UnreadableException(Sentence sentence) : FormatException(sentence.ToString())
{
    /// <summary>The message.</summary>
    public Sentence Sentence { get; } = sentence;
}
