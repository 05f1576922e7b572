using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Upstride.Explain.Teaching;

/// <summary>
/// The sentences of one language, from an embedded file of lines <c>key = text</c>, where <c>{0}</c>, <c>{1}</c> ... stand for values.
/// </summary>
public sealed class Texts
{
    private readonly FrozenDictionary<string, string> _texts;

    private Texts(string resource) => _texts = Read(resource).ToFrozenDictionary(StringComparer.Ordinal);

    private static Texts English { get; } = new("Texts.en");

    private static Texts Chinese { get; } = new("Texts.zh-Hans");

    /// <summary>The keys, in no order; every language has the same.</summary>
    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>A sentence without values.</summary>
    /// <exception cref="KeyNotFoundException">There is no such sentence.</exception>
    public string this[string key] => _texts.TryGetValue(key, out string? text) ? text
        : throw new KeyNotFoundException($"there is no text '{key}'");

    /// <summary>A sentence with its values put in.</summary>
    /// <exception cref="KeyNotFoundException">There is no such sentence.</exception>
    public string this[string key, params object[] values] => string.Format(CultureInfo.InvariantCulture, this[key], values);

    /// <summary>The texts of a language.</summary>
    public static Texts Of(Language language) => language == Language.Chinese ? Chinese : English;

    /// <summary>Whether there is such a sentence.</summary>
    public bool Has(string key) => _texts.ContainsKey(key);

    private static IEnumerable<KeyValuePair<string, string>> Read(string resource)
    {
        using Stream stream = typeof(Texts).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the resource {resource} is missing from the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            int equals = line.IndexOf(" = ", StringComparison.Ordinal);
            if (equals < 0) throw new InvalidOperationException($"{resource} has a line without ' = ': {line}");
            yield return new(line[..equals], line[(equals + 3)..]);
        }
    }
}
