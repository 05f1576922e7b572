namespace Upstride.Geometry;

/// <summary>Why a description of sizes is not legal.</summary>
/// <param name="Parameter">The parameter at fault, by the name the user gave it under, for example <c>outputPadding</c>.</param>
/// <param name="Message">The rule as an equation with the values in it, and what to do.</param>
public sealed record GeometryError(string Parameter, string Message)
{
    private readonly Sentence? _sentence;

    /// <summary>Keeps the values apart from the words, so that the rule can be told in another language.</summary>
    internal GeometryError(string parameter, Sentence message) : this(parameter, message.ToString()) => _sentence = message;

    /// <summary>The message, words and values apart where whoever refused kept them so.</summary>
    internal Sentence Sentence => _sentence ?? Message;

    /// <inheritdoc/>
    public bool Equals(GeometryError? other) => other is not null && Parameter == other.Parameter && Message == other.Message;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parameter, Message);
}

/// <summary>An illegal description of sizes: the message is the rule as an equation with the values in it.</summary>
public sealed class GeometryException : ArgumentException
{
    /// <summary>Carries <paramref name="error"/> to the caller.</summary>
    public GeometryException(GeometryError error) : base(error.Message, error.Parameter) => Error = error;

    /// <summary>The parameter and the rule it breaks.</summary>
    public GeometryError Error { get; }

    /// <inheritdoc/>
    public override string Message => Error.Message;
}
