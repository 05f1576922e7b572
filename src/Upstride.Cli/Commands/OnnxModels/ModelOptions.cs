using System.CommandLine;
using System.Globalization;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>What the commands on ONNX models share.</summary>
internal static class ModelOptions
{
    public static Argument<string> Model() => new("model") { Description = "The ONNX file." };

    public static Option<int?> Threads() =>
        new("--threads") { Description = "Threads to use; default all processors.", HelpName = "count" };

    public static Option<string?> Cache() => CommandOptions.File("--cache",
        "Keeps what the ONNX model's plans choose in this file, such as model.onnx.plans, and follows it from the second run on, which "
        + "starts sooner and gives the same bits. A file of another model, version or machine is replaced.");

    /// <summary>
    /// An option that is given once for each of several names, as <c>name=value</c>; the name may be left out where there is but one.
    /// </summary>
    public static Option<string[]> Named(string name, string helpName, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>The values of such an option by name, one for each.</summary>
    /// <inheritdoc cref="ListsByName"/>
    /// <exception cref="CommandException">As there, or a name that is given twice.</exception>
    public static Dictionary<string, string> ByName(string[] given, IEnumerable<OnnxValueInfo> known, string parameter,
        IEnumerable<OnnxValueInfo>? optional = null)
    {
        Dictionary<string, List<string>> lists = ListsByName(given, known, parameter, optional);
        foreach ((string name, List<string> values) in lists)
            if (values.Count > 1) throw CommandException.BadInput(parameter, $"'{name}' is given twice");
        return lists.ToDictionary(static list => list.Key, static list => list.Value[0], StringComparer.Ordinal);
    }

    /// <summary>The values of such an option by name, any number for each.</summary>
    /// <param name="given">What was typed.</param>
    /// <param name="known">What must be named, unless it is the only one.</param>
    /// <param name="parameter">The option, as the library names it.</param>
    /// <param name="optional">What may be named besides.</param>
    /// <exception cref="CommandException">A name that is not there, or left out where there are several.</exception>
    public static Dictionary<string, List<string>> ListsByName(string[] given, IEnumerable<OnnxValueInfo> known, string parameter,
        IEnumerable<OnnxValueInfo>? optional = null)
    {
        OnnxValueInfo[] all = [.. known];
        var values = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (string one in given)
        {
            // A file's name may hold an equals sign too: what is before the first is a name only where the model has it.
            string? name = all.Concat(optional ?? []).Select(static value => value.Name)
                .FirstOrDefault(name => one.StartsWith(name + "=", StringComparison.Ordinal));
            string value = name is null ? one : one[(name.Length + 1)..];
            name ??= all is [var only] ? only.Name
                : throw CommandException.BadInput(parameter,
                $"'{one}' names none of {string.Join(", ", all.Select(static value => value.Name))}: give name=value");
            if (values.TryGetValue(name, out List<string>? list)) list.Add(value);
            else values.Add(name, [value]);
        }
        return values;
    }

    /// <summary>Two numbers joined by two points.</summary>
    public static Option<(float Low, float High)?> Range() => new("--range")
    {
        Description = "The values of black and white in the model: 0..1 (default), 0..255 or -1..1.",
        HelpName = "low..high",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (CommandOptions.Ends<float>(text, NumberStyles.Float) is var (low, high) && high > low) return (low, high);
            result.AddError($"--range: '{text}' is not two numbers joined by '..', the smaller first, as 0..255");
            return null;
        },
    };
}
