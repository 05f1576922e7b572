using System.CommandLine;
using System.Text.RegularExpressions;
using Upstride.Geometry;

namespace Upstride.Cli;

/// <summary>
/// The library's refusals in the words that are typed: <c>outputPadding = 2</c> is <c>--output-padding 2</c>, and what is to be given
/// instead can be pasted. Only options that the command has are translated; equations stay as they are.
/// </summary>
internal sealed partial class OptionWords
{
    private readonly Dictionary<string, string> _options;

    private OptionWords(Dictionary<string, string> options) => _options = options;

    /// <summary>The words of a command.</summary>
    public static OptionWords Of(Command command) =>
        new(command.Options.DistinctBy(static option => Failure.ParameterOf(option.Name), StringComparer.Ordinal)
            .ToDictionary(static option => Failure.ParameterOf(option.Name), static option => option.Name, StringComparer.Ordinal));

    /// <summary>What is at fault and what is wrong with it, as a line for a person.</summary>
    public string Line(Failure failure)
    {
        string message = Translate(failure.Message);
        if (failure.Parameter is not { } parameter) return message;
        string name = _options.GetValueOrDefault(parameter, parameter);
        return message.StartsWith(name + " ", StringComparison.Ordinal) || message.StartsWith(name + ":", StringComparison.Ordinal)
            ? message : $"{name}: {message}";
    }

    private string Translate(string message)
    {
        message = Assignment()
            .Replace(message,
            match => _options.TryGetValue(match.Groups["name"].Value, out string? option)
                ? $"{option} {Value(match.Groups["value"].Value)}" : match.Value);
        if (_options.TryGetValue("autoPad", out string? autoPad))
        {
            message = Mode().Replace(message, match => $"{match.Groups["before"].Value}{autoPad} {Value(match.Groups["mode"].Value)}");
            message = message.Replace("SAME", $"{autoPad} same", StringComparison.Ordinal);
        }
        message = Word().Replace(message, match => _options.GetValueOrDefault(match.Value, match.Value));

        // Two settings that are to be given together are one piece of a command line.
        return Pair().Replace(message, "'$1 $2'");
    }

    // ONNX's names of padding are typed in lower case, with a hyphen.
    private static string Value(string value) => value switch
    {
        nameof(OnnxAutoPad.SameUpper) => "same-upper",
        nameof(OnnxAutoPad.SameLower) => "same-lower",
        nameof(OnnxAutoPad.Valid) => "valid",
        nameof(OnnxAutoPad.NotSet) => "notset",
        _ => value,
    };

    // A setting with its value, and not a part of an equation.
    [GeneratedRegex(@"(?<![.*+/%(-] ?)\b(?<name>[a-z][A-Za-z]*) = (?<value>-?\w[\w.+-]*)(?![\w(]|\s*[*=+/%-] )")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?<before>\buse )(?<mode>SameUpper|SameLower|Valid)\b")]
    private static partial Regex Mode();

    // Words of several parts are no words of a sentence or an equation by chance; the lookbehind leaves equations as they are.
    [GeneratedRegex(@"(?<![*+/%-] ?|\()\b[a-z]+[A-Z][A-Za-z]*\b(?! ?[*+/%=-])")]
    private static partial Regex Word();

    [GeneratedRegex(@"(--[\w-]+ [\w.+-]+) and (--[\w-]+ [\w.+-]+)")]
    private static partial Regex Pair();
}
