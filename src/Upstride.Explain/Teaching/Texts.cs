using System.Globalization;
using System.Text;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Teaching;

/// <summary>
/// The sentences of one language, from an embedded file of lines <c>key = text</c>, where <c>{0}</c>, <c>{1}</c> ... stand for values.
/// </summary>
public sealed class Texts
{
    // One language is asked for in most visits, and no dictionary is read often enough to be worth freezing.
    private static readonly Lazy<Texts> _english = new(static () => new("Texts.en", null)),
        _chinese = new(static () => new("Texts.zh-Hans", "Texts.sentences-zh-Hans"));

    // A file may also break a rule of sizes.
    private static readonly Lazy<FaultTexts> _chineseFaults =
        new(static () => new([.. ReadSentences("Texts.faults-zh-Hans"), .. ReadSentences("Texts.sentences-zh-Hans")]));

    private readonly Dictionary<string, string> _texts, _sentences;
    private readonly Lazy<FaultTexts>? _faults;

    private Texts(string resource, string? sentences)
    {
        _texts = new(Read(resource), StringComparer.Ordinal);
        _sentences = new(sentences is null ? [] : ReadSentences(sentences), StringComparer.Ordinal);
        _faults = sentences is null ? null : _chineseFaults;
    }

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
    public static Texts Of(Language language) => (language == Language.Chinese ? _chinese : _english).Value;

    /// <summary>Whether there is such a sentence.</summary>
    public bool Has(string key) => _texts.ContainsKey(key);

    /// <summary>Why sizes or settings are refused, in this language: the rule with the values in it, and what to do.</summary>
    public string Refusal(GeometryError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return Say(error.Sentence);
    }

    /// <summary>Why a text is not understood, in this language.</summary>
    public string Refusal(FormatException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault is UnreadableException { Sentence: var sentence } ? Say(sentence) : fault.Message;
    }

    /// <summary>
    /// What the libraries say of a damaged file, in this language; of a message of an unknown kind, that the file is damaged or not
    /// supported, with the names and numbers of the message.
    /// </summary>
    public string Fault(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_faults is null) return message;
        return _faults.Value.Say(message) ?? this["fault.other", string.Join("、", FaultTexts.ValuesOf(message))];
    }

    /// <summary>The size equations of <see cref="ConvTransposeGeometry.Explain"/>, line by line, in this language.</summary>
    public string Equations(ConvTransposeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return string.Join('\n', geometry.Equations().Select(Say));
    }

    /// <summary>The sentences that are told in this language; none in English, in which the libraries speak.</summary>
    internal IReadOnlyDictionary<string, string> Sentences => _sentences;

    /// <summary>A sentence of the libraries in this language; in English where the language has none.</summary>
    internal string Say(Sentence sentence) => string.Format(CultureInfo.InvariantCulture,
        _sentences.GetValueOrDefault(sentence.Template, sentence.Template),
        [.. sentence.Values.Select(value => value is Sentence part ? Say(part) : value is string word ? Say(word) : value)]);

    private static IEnumerable<KeyValuePair<string, string>> ReadSentences(string resource)
    {
        string? english = null;
        foreach (string line in Lines(resource))
        {
            if (line.StartsWith("- ", StringComparison.Ordinal)) english = line[2..];
            else if (line.StartsWith("+ ", StringComparison.Ordinal) && english is not null) yield return new(english, line[2..]);
            else throw new InvalidOperationException($"{resource} has a line that begins with neither '- ' nor '+ ': {line}");
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Read(string resource)
    {
        foreach (string line in Lines(resource))
        {
            int equals = line.IndexOf(" = ", StringComparison.Ordinal);
            if (equals < 0) throw new InvalidOperationException($"{resource} has a line without ' = ': {line}");
            yield return new(line[..equals], line[(equals + 3)..]);
        }
    }

    private static IEnumerable<string> Lines(string resource)
    {
        using Stream stream = typeof(Texts).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the resource {resource} is missing from the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }
}
