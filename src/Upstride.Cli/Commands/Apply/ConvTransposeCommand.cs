using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply conv-transpose1d</c>, <c>conv-transpose2d</c> and <c>conv-transpose3d</c>.</summary>
internal sealed class ConvTransposeCommand : ConvolutionCommandBase
{
    private readonly Option<PerAxis> _outputPadding = CommandOptions.OutputPadding();
    private readonly Option<PerAxis> _outputShape = CommandOptions.PerAxis(
        "--output-shape", "sizes", "Sizes that the output is to have, in place of --output-padding: PyTorch's output_size.");

    public ConvTransposeCommand(int axes, Report report) : base(
        $"conv-transpose{axes}d",
        axes,
        $"The transposed convolution over {axes} spatial {(axes == 1 ? "axis" : "axes")}, with PyTorch's parameters; padding may differ at the two ends of an axis, as in ONNX.",
        "[input channels, output channels / groups, kernel...]",
        report,
        new Example($"apply conv-transpose{axes}d --input x.npy --weight w.npy --stride 2 --padding 1 -o y.npy", "Upsamples by 2; with a kernel of 4 every size doubles."),
        new Example($"apply conv-transpose{axes}d --input x.npy --weight w.npy --bias b.npy --stride 2 --padding 1+2 --algorithm phases -o y.npy", "Crops one element at the start of an axis and two at the end, and names the algorithm."))
    {
        Add(_outputPadding);
        Add(_outputShape);
    }

    protected override Plan<T> CreatePlan<T>(ParseResult parsed, ReadOnlySpan<nint> input, Tensor<T> weight, ReadOnlySpan<T> bias, Settings settings)
    {
        nint[] shape = ChannelsFirst(input, settings.Layout);
        Steps steps = ReadSteps(parsed);
        PerAxis outputPadding = parsed.GetValue(_outputPadding), outputShape = parsed.GetValue(_outputShape);
        ConvTransposeGeometry geometry = steps.Padding.All(static pair => pair.Head == pair.Tail)
            ? ConvTransposeGeometry.PyTorch(
                shape, weight.Lengths, steps.Stride, PerAxis.Create([.. steps.Padding.Select(static pair => pair.Head)]),
                outputPadding, settings.Groups, steps.Dilation, outputShape)
            : Uneven(shape, weight.Lengths, steps, settings.Groups, outputPadding, outputShape);
        return ConvTransposePlan.Create(geometry.WithLayout(settings.Layout), Elements(weight), bias, settings: settings.Compute);
    }

    private static ConvTransposeGeometry Uneven(nint[] input, ReadOnlySpan<nint> weight, Steps steps, int groups, PerAxis outputPadding, PerAxis outputShape)
    {
        if (!outputShape.Values.IsEmpty)
            throw CommandException.BadInput("outputShape", "--output-shape asks for the same padding at both ends: leave it out, or give one number for each axis");
        (int Head, int Tail)[] pairs = [.. AxisNumbers.Expand(steps.Padding, input.Length - 2, "padding")];
        nint[] pads = [.. pairs.Select(static pair => (nint)pair.Head), .. pairs.Select(static pair => (nint)pair.Tail)];
        return ConvTransposeGeometry.Onnx(
            input, weight, OnnxAutoPad.NotSet, pads, steps.Stride, steps.Dilation, outputPadding, outputShape: default, groups);
    }
}
