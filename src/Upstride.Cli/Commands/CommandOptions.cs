using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Cli.Commands;

/// <summary>Makes the options of every command, so that one idea has one name and one spelling.</summary>
internal static class CommandOptions
{
    /// <summary>Two numbers joined by two points; null where the text is something else.</summary>
    public static (T From, T To)? Ends<T>(string text, NumberStyles style)
        where T : struct, INumberBase<T> => text.Split("..") is [var first, var second]
            && T.TryParse(first, style, CultureInfo.InvariantCulture, out T from)
            && T.TryParse(second, style, CultureInfo.InvariantCulture, out T to) ? (from, to) : null;

    public static Option<PerAxis> Input(string description = "Sizes of the input, outermost axis first: 85x85, or 100 for one axis.") =>
        PerAxis("--input", "sizes", description);

    /// <summary>The input's sizes, or the letter i.</summary>
    public static Option<InputSizes> InputOrSymbol() => new("--input")
    {
        Description = "Sizes of the input, outermost axis first: 85x85, or 100 for one axis; i for the equations in terms of i.",
        HelpName = "sizes",
        CustomParser = static result => Parse(result, InputSizes.Parse),
    };

    public static Option<PerAxis> Kernel() => PerAxis("--kernel", "taps", "Taps of the kernel, for all axes or each: 3 or 3x5.", "-k");

    public static Option<PerAxis> Stride() =>
        PerAxis("--stride", "steps", "Distance between the products of neighbouring inputs; default 1.", "-s");

    public static Option<ImmutableArray<(int Head, int Tail)>> Padding(string description) =>
        new("--padding", "-p")
        {
            Description = description,
            HelpName = "amounts",
            CustomParser = result => Parse(result, AxisNumbers.ParsePairs),
        };

    public static Option<PerAxis> OutputPadding() => PerAxis("--output-padding", "sizes", "Elements added at the end of the output.");

    public static Option<OnnxAutoPad?> AutoPad() => Choice(
        "--auto-pad", "Padding by name, in place of --padding; same is same-upper.",
        ("notset", OnnxAutoPad.NotSet), ("valid", OnnxAutoPad.Valid), ("same", OnnxAutoPad.SameUpper),
        ("same-upper", OnnxAutoPad.SameUpper), ("same-lower", OnnxAutoPad.SameLower));

    public static Option<PerAxis> Dilation() => PerAxis("--dilation", "steps", "Distance between neighbouring taps; default 1.", "-d");

    public static Option<int> Groups() => new("--groups", "-g")
    {
        Description = "Parts into which the channels fall; default 1.",
        HelpName = "count",
        DefaultValueFactory = static _ => 1,
    };

    public static Option<PerAxis> PerAxis(string name, string helpName, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = static result => Parse(result, AxisNumbers.ParsePerAxis),
    };

    /// <summary>Numbers with fractions for all axes or each, joined by x.</summary>
    public static Option<float[]?> Numbers(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = static result => Parse(result, AxisNumbers.ParseNumbers),
    };

    /// <summary>A choice among words; upper and lower case are alike, and so are SAME_UPPER and same-upper.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
        where T : struct => new(name)
    {
        Description = description,
        HelpName = string.Join('|', choices.Select(static choice => choice.Word)),
        CustomParser = result => Parse<T?>(result, text =>
        {
            foreach ((string word, T value) in choices)
                if (string.Equals(word, text.Replace('_', '-'), StringComparison.OrdinalIgnoreCase)) return value;
            throw new FormatException($"'{text}' must be one of {string.Join(", ", choices.Select(static choice => choice.Word))}");
        }),
    };

    /// <summary>The word that leaves the choice of an algorithm to the list.</summary>
    public const string Auto = "auto";

    /// <summary>An algorithm by its name, or <see cref="Auto"/>.</summary>
    public static Option<string?> Algorithm()
    {
        string[] names = [Auto, .. AlgorithmList.All.Select(static algorithm => algorithm.Name)];
        return new("--algorithm")
        {
            Description = "The algorithm; default auto, the fastest that can.",
            HelpName = string.Join('|', names),
            CustomParser = result => Parse(result, text => !names.Contains(text, StringComparer.Ordinal)
                ? throw new FormatException($"'{text}' must be one of {string.Join(", ", names)}")
                : text),
        };
    }

    /// <summary>A file to read or write.</summary>
    public static Option<string?> File(string name, string description, bool required = false, params string[] aliases) =>
        new(name, aliases)
    {
        Description = description,
        HelpName = "file",
        Required = required,
    };

    /// <summary>The value of an option that must be given, or the complaint that it was not.</summary>
    public static T Require<T>(this ParseResult parsed, Option<T> option) => parsed.GetResult(option) is { Implicit: false }
        ? parsed.GetValue(option)!
        : throw CommandException.BadInput(Failure.ParameterOf(option.Name), $"{option.Name} is needed: {option.Description}");

    /// <summary>The values, or null where none were given.</summary>
    public static PerAxis? OrNull(this PerAxis values) => values.Values.IsEmpty ? new PerAxis?() : values;

    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
    {
        string text = result.Tokens[0].Value;
        try
        {
            return parse(text);
        }
        catch (FormatException fault)
        {
            string name = result.Parent is OptionResult option ? $"{option.Option.Name}: " : "";
            result.AddError(name + fault.Message);
            return default;
        }
    }
}
