using System.CommandLine;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Apply;

/// <summary>What an operator made.</summary>
/// <param name="Output">The output.</param>
/// <param name="Algorithm">The algorithm that was chosen; null where there is no choice.</param>
internal sealed record Applied(NpyArray Output, string? Algorithm = null);

/// <summary>One operator of <c>upstride apply</c>: a .npy file in, a .npy file out, float32 or float64 as the input is.</summary>
internal abstract class ApplyCommand : CommandWithExamples
{
    private readonly Option<string?> _input = CommandOptions.File("--input", "The input, float32 or float64.", required: true, "-i");
    private readonly Option<string?> _output =
        CommandOptions.File("--output", "The file to write, of the input's element type.", required: true, "-o");
    private readonly Option<Layout?> _layout = CommandOptions.Choice(
        "--layout",
        "Where the channels stand: second (nchw, for any number of axes), or last (nhwc); default nchw.",
        ("nchw", Layout.ChannelsFirst), ("nhwc", Layout.ChannelsLast));
    private readonly Report _report;

    protected ApplyCommand(string name, string description, Report report, params Example[] examples) : base(name, description, examples)
    {
        _report = report;
        Add(_input);
        Add(_output);
        Add(_layout);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    /// <summary>Computes the operator.</summary>
    /// <param name="parsed">The options.</param>
    /// <param name="input">The input's elements in its own shape.</param>
    /// <param name="layout">Where its channels stand.</param>
    /// <param name="cancellation">For long work.</param>
    protected abstract Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Where the channels are where it is not said.</summary>
    protected virtual Layout DefaultLayout(ParseResult parsed) => Layout.ChannelsFirst;

    /// <summary>Reads the file of an option that holds the same element type as the input.</summary>
    protected static Tensor<T> Read<T>(ParseResult parsed, Option<string?> option, CancellationToken cancellation)
    {
        string path = parsed.GetValue(option)!;
        string parameter = Failure.ParameterOf(option.Name);
        NpyArray array = CommandException.OnFile(parameter, () => Interruptible.Run(() => NpyFile.Read(path, cancellation), cancellation));
        return array.Elements is T[] elements
            ? Tensor.Create(elements, Lengths(array))
            : throw CommandException.BadInput(parameter,
            $"'{path}' holds {array}, and {new NpyArray([0], Array.Empty<T>()).ElementType} is needed, as the input is: convert it with "
                + $"astype");
    }

    /// <summary>The elements of a tensor in row-major order.</summary>
    protected static T[] Elements<T>(Tensor<T> tensor)
    {
        var elements = new T[checked((int)tensor.FlattenedLength)];
        tensor.FlattenTo(elements);
        return elements;
    }

    /// <summary>A tensor as an array for a file.</summary>
    protected static NpyArray ToArray<T>(Tensor<T> tensor) =>
        new([.. tensor.Lengths.ToArray().Select(static length => checked((int)length))], Elements(tensor));

    /// <summary>Writes one more array, to the file of an option.</summary>
    protected static void Write(ParseResult parsed, Option<string?> option, NpyArray array, CancellationToken cancellation) =>
        CommandException.OnFile(Failure.ParameterOf(option.Name), () => NpyFile.Write(parsed.GetValue(option)!, array, cancellation));

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(_input)!;
        Layout layout = parsed.GetValue(_layout) ?? DefaultLayout(parsed);
        NpyArray input = CommandException.OnFile("input", () => Interruptible.Run(() => NpyFile.Read(path, cancellation), cancellation));
        (NpyArray output, string? algorithm) = input.Elements switch
        {
            float[] elements => Apply(parsed, Tensor.Create(elements, Lengths(input)), layout, cancellation),
            double[] elements => Apply(parsed, Tensor.Create(elements, Lengths(input)), layout, cancellation),
            _ => throw CommandException.BadInput("input",
                $"'{path}' holds {input}, and float32 or float64 is needed: convert it with astype"),
        };
        Write(parsed, _output, output, cancellation);

        string type = output.ElementType;
        if (_report.Json)
            _report.Write(new ApplyReport(parsed.GetValue(_output)!, type, [.. output.Shape], algorithm), JsonReports.Readable.ApplyReport);
        else
            _report.Line($"{input} -> {output} in {parsed.GetValue(_output)}{(algorithm is null ? "" : $" by {algorithm}")}");
        return ExitCode.Done;
    }

    protected static nint[] Lengths(NpyArray array) => [.. array.Shape.Select(static length => (nint)length)];
}
