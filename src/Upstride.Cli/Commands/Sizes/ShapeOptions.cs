using System.Collections.Immutable;
using System.CommandLine;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Sizes;

/// <summary>The options that name the sizes of a transposed convolution.</summary>
internal sealed class ShapeOptions
{
    private readonly Option<InputSizes> _input = CommandOptions.InputOrSymbol();
    private readonly Option<ImmutableArray<(int Head, int Tail)>> _padding =
        CommandOptions.Padding(
        "Padding as the framework counts it, for all axes or each: 1 or 1x2; 1+2 where the two ends of an axis differ, which onnx, "
            + "tensorflow and jax have.");
    private readonly Option<PerAxis> _outputPadding = CommandOptions.OutputPadding();
    private readonly Option<OnnxAutoPad?> _autoPad = CommandOptions.AutoPad();
    private readonly Option<PerAxis> _outputShape = CommandOptions.PerAxis(
        "--output-shape", "sizes", "Sizes that the output is to have: PyTorch's output_size, TensorFlow's and ONNX's output_shape.");

    public Option<PerAxis> Kernel { get; } = CommandOptions.Kernel();

    public Option<PerAxis> Stride { get; } = CommandOptions.Stride();

    public Option<PerAxis> Dilation { get; } = CommandOptions.Dilation();

    /// <summary>Adds every option to <paramref name="command"/>.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_input, Kernel, Stride, _padding, _outputPadding, Dilation, _autoPad, _outputShape])
            command.Add(option);
    }

    /// <summary>Whether sizes in terms of i are asked for.</summary>
    public bool IsSymbolic(ParseResult parsed) => parsed.GetValue(_input).IsSymbol;

    /// <summary>Whether any of the options was given.</summary>
    public bool IsGiven(ParseResult parsed) =>
        ((Option[])[_input, Kernel, Stride, _padding, _outputPadding, Dilation, _autoPad, _outputShape])
        .Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>
    /// Input and kernel alone, of which the kernel may be missing; refuses the settings that a transposed convolution alone has.
    /// </summary>
    public HyperParameters ReadInput(ParseResult parsed)
    {
        foreach (Option option in (Option[])[Stride, _padding, _outputPadding, Dilation, _autoPad, _outputShape])
            if (parsed.GetResult(option) is { Implicit: false })
                throw CommandException.BadInput(Failure.ParameterOf(option.Name),
                    $"{option.Name} is a setting of the transposed convolution, and --method has --scale: leave it out");
        return new() { Input = parsed.Require(_input).Sizes, Kernel = parsed.GetValue(Kernel) };
    }

    /// <summary>What was typed.</summary>
    public HyperParameters Read(ParseResult parsed)
    {
        ImmutableArray<(int Head, int Tail)> padding = parsed.GetValue(_padding) is { IsDefault: false } pairs ? pairs : [];
        return new()
        {
            Input = parsed.Require(_input).Sizes,
            Kernel = parsed.Require(Kernel),
            Stride = parsed.GetValue(Stride),
            Padding = PerAxis.Create([.. padding.Select(static pair => pair.Head)]),
            PaddingAtEnd = padding.Any(static pair => pair.Head != pair.Tail)
                ? PerAxis.Create([.. padding.Select(static pair => pair.Tail)]) : default,
            OutputPadding = parsed.GetValue(_outputPadding),
            Dilation = parsed.GetValue(Dilation),
            AutoPad = parsed.GetValue(_autoPad) ?? OnnxAutoPad.NotSet,
            OutputShape = parsed.GetValue(_outputShape),
        };
    }
}
