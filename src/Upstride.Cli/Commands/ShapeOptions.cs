using System.CommandLine;
using Upstride.Geometry;

namespace Upstride.Cli.Commands;

/// <summary>The options that name the sizes of a transposed convolution.</summary>
internal sealed class ShapeOptions
{
    private readonly Option<PerAxis> _input = CommandOptions.Input();
    private readonly Option<PerAxis> _padding = CommandOptions.PerAxis("--padding", "amounts", "Padding as the framework counts it, the same at both ends of an axis.", "-p");
    private readonly Option<PerAxis> _outputPadding = CommandOptions.OutputPadding();
    private readonly Option<OnnxAutoPad?> _autoPad = CommandOptions.Choice(
        "--auto-pad",
        "Padding by name, in place of --padding; same is same-upper.",
        ("notset", OnnxAutoPad.NotSet), ("valid", OnnxAutoPad.Valid), ("same", OnnxAutoPad.SameUpper),
        ("same-upper", OnnxAutoPad.SameUpper), ("same-lower", OnnxAutoPad.SameLower));
    private readonly Option<PerAxis> _outputShape = CommandOptions.PerAxis(
        "--output-shape", "sizes", "Sizes that the output is to have: PyTorch's output_size, TensorFlow's and ONNX's output_shape.");

    public Option<PerAxis> Kernel { get; } = CommandOptions.Kernel();

    public Option<PerAxis> Stride { get; } = CommandOptions.Stride();

    public Option<PerAxis> Dilation { get; } = CommandOptions.Dilation();

    /// <summary>Adds every option to <paramref name="command"/>.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_input, Kernel, Stride, _padding, _outputPadding, Dilation, _autoPad, _outputShape]) command.Add(option);
    }

    /// <summary>What was typed.</summary>
    public HyperParameters Read(ParseResult parsed) => new()
    {
        Input = parsed.Require(_input),
        Kernel = parsed.Require(Kernel),
        Stride = parsed.GetValue(Stride),
        Padding = parsed.GetValue(_padding),
        OutputPadding = parsed.GetValue(_outputPadding),
        Dilation = parsed.GetValue(Dilation),
        AutoPad = parsed.GetValue(_autoPad) ?? OnnxAutoPad.NotSet,
        OutputShape = parsed.GetValue(_outputShape),
    };
}
