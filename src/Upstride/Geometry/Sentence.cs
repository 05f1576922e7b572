using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Upstride.Geometry;

/// <summary>
/// A sentence with values in it, kept apart: an interpolated string that can be said in another language as well. A value may be a
/// sentence itself.
/// </summary>
[InterpolatedStringHandler]
internal sealed class Sentence
{
    private readonly StringBuilder _template;
    private readonly ImmutableArray<object?>.Builder _values;

    /// <summary>Called by the compiler for an interpolated string.</summary>
    public Sentence(int literalLength, int formattedCount)
    {
        _template = new(literalLength + 4 * formattedCount);
        _values = ImmutableArray.CreateBuilder<object?>(formattedCount);
    }

    /// <summary>The words, with <c>{0}</c>, <c>{1}</c> ... where values stand.</summary>
    public string Template => _template.ToString();

    /// <summary>The values.</summary>
    public IReadOnlyList<object?> Values => _values;

    /// <summary>A sentence without values.</summary>
    public static implicit operator Sentence(string text)
    {
        var sentence = new Sentence(text.Length, 0);
        sentence.AppendLiteral(text);
        return sentence;
    }

    /// <summary>Called by the compiler for the words between values.</summary>
    public void AppendLiteral(string text) =>
        _template.Append(text.Contains('{') || text.Contains('}')
            ? text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal) : text);

    /// <summary>Called by the compiler for a value.</summary>
    public void AppendFormatted<T>(T value)
    {
        _template.Append('{').Append(_values.Count).Append('}');
        _values.Add(value);
    }

    /// <summary>Called by the compiler for a value whose type follows from where it stands.</summary>
    public void AppendFormatted(object? value) => AppendFormatted<object?>(value);

    /// <summary>Called by the compiler for a value with a format.</summary>
    public void AppendFormatted<T>(T value, string format) =>
        AppendFormatted(string.Format(CultureInfo.InvariantCulture, "{0:" + format + "}", value));

    /// <summary>The sentence in English.</summary>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, Template, [.. _values]);
}
