using System.CommandLine;
using System.CommandLine.Parsing;
using Upstride.Geometry;

namespace Upstride.Cli;

/// <summary>What a failed command tells its user.</summary>
/// <param name="ExitCode">One of <see cref="Cli.ExitCode"/>.</param>
/// <param name="Parameter">The parameter at fault, as the library names it; null where none is.</param>
/// <param name="Message">What is wrong and what to do.</param>
internal sealed record Failure(int ExitCode, string? Parameter, string Message)
{
    /// <summary>The one place where exceptions become exit codes; null for one that is a fault of this program.</summary>
    public static Failure? Of(Exception exception) => exception switch
    {
        CommandException known => new(known.ExitCode, known.Parameter, known.Message),
        OperationCanceledException => new(Cli.ExitCode.Cancelled, null, "cancelled"),
        AggregateException { InnerExceptions: [var only] } => Of(only),
        GeometryException illegal => new(Cli.ExitCode.BadInput, illegal.Error.Parameter, illegal.Error.Message),
        InvalidDataException or Files.NpyFormatException or Imaging.ImageFormatException or Onnx.OnnxFormatException =>
            new(Cli.ExitCode.BadInput, null, exception.Message),
        ArgumentException wrong => new(Cli.ExitCode.BadInput, wrong.ParamName, TextOf(wrong)),
        NotSupportedException refused => new(Cli.ExitCode.BadInput, null, refused.Message),
        OutOfMemoryException => new(Cli.ExitCode.BadInput, null, "there is not enough memory for these sizes: use a smaller input"),
        IOException or UnauthorizedAccessException => new(Cli.ExitCode.File, null, exception.Message),
        _ => null,
    };

    /// <summary>An exception's message without the parameter's name that .NET appends: the report names it already.</summary>
    public static string TextOf(Exception exception)
    {
        int appended =
            exception is ArgumentException { ParamName: { } name }
            ? exception.Message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal) : -1;
        return appended < 0 ? exception.Message : exception.Message[..appended];
    }

    /// <summary>The first of the errors that the parser found.</summary>
    public static Failure Of(ParseResult result)
    {
        ParseError error = result.Errors[0];
        string? symbol = error.SymbolResult switch
        {
            OptionResult option => option.Option.Name,
            ArgumentResult { Parent: OptionResult option } => option.Option.Name,
            ArgumentResult argument => argument.Argument.Name,
            _ => null,
        };
        return new(Cli.ExitCode.BadInput, symbol is null ? null : ParameterOf(symbol), MessageOf(error));
    }

    // The parser's own message of a number is about types of .NET.
    private static string MessageOf(ParseError error)
    {
        if (error.SymbolResult is not ({ Tokens: [var token] } and OptionResult { Option: var option })) return error.Message;
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        if (type == typeof(int))
        {
            return Commands.AxisNumbers.IsWhole(token.Value)
                ? $"{option.Name}: {token.Value} is out of range: whole numbers from {int.MinValue} to {int.MaxValue} are taken"
                : $"{option.Name}: '{token.Value}' is not a whole number";
        }
        return type == typeof(double) || type == typeof(float) ? $"{option.Name}: '{token.Value}' is not a number" : error.Message;
    }

    /// <summary>The library's name of an option: <c>--output-padding</c> is <c>outputPadding</c>.</summary>
    internal static string ParameterOf(string option)
    {
        string[] words = option.TrimStart('-').Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
