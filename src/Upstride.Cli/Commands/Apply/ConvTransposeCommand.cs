using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Commands.Sizes;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply conv-transpose1d</c>, <c>conv-transpose2d</c> and <c>conv-transpose3d</c>.</summary>
internal sealed class ConvTransposeCommand : ConvolutionCommandBase
{
    private readonly Option<Framework?> _framework = CommandOptions.Choice(
        "--framework",
            "Whose rules apply, and in whose order the weights are; default pytorch. tensorflow, keras and jax have their channels last "
            + "unless --layout says otherwise.", FrameworkName.All);
    private readonly Option<OnnxAutoPad?> _autoPad = CommandOptions.AutoPad();
    private readonly Option<PerAxis> _outputPadding = CommandOptions.OutputPadding();
    private readonly Option<PerAxis> _outputShape = CommandOptions.PerAxis(
        "--output-shape", "sizes",
            "Sizes that the output is to have, in place of --output-padding: PyTorch's output_size, TensorFlow's and ONNX's output_shape.");

    public ConvTransposeCommand(int axes, Report report) : base(
        $"conv-transpose{axes}d",
        axes,
        $"The transposed convolution over {axes} spatial {(axes == 1 ? "axis" : "axes")}, with PyTorch's parameters or another "
            + $"framework's; padding may differ at the two ends of an axis, as in ONNX.",
        "[input channels, output channels / groups, kernel...], or in the order of --framework",
        report,
        new Example($"apply conv-transpose{axes}d --input x.npy --weight w.npy --stride 2 --padding 1 -o y.npy",
            "Upsamples by 2; with a kernel of 4 every size doubles."),
        new Example($"apply conv-transpose{axes}d --input x.npy --weight w.npy --stride 2 --framework onnx --auto-pad same -o y.npy",
            "By ONNX's rules: its SAME doubles every size, whatever the kernel."),
        new Example($"apply conv-transpose{axes}d --input x.npy --weight w.npy --bias b.npy --stride 2 --padding 1+2 --algorithm phases "
            + $"-o y.npy", "Crops one element at the start of an axis and two at the end, and names the algorithm."))
    {
        foreach (Option option in (Option[])[_framework, _autoPad, _outputPadding, _outputShape]) Add(option);
    }

    protected override Layout DefaultLayout(ParseResult parsed) =>
        parsed.GetValue(_framework) is Framework.TensorFlow or Framework.Keras or Framework.Jax
        ? Layout.ChannelsLast : Layout.ChannelsFirst;

    protected override Plan<T> CreatePlan<T>(ParseResult parsed, ReadOnlySpan<nint> input, Tensor<T> weight, ReadOnlySpan<T> bias,
        Settings settings)
    {
        nint[] shape = ChannelsFirst(input, settings.Layout);
        Steps steps = ReadSteps(parsed);
        PerAxis outputPadding = parsed.GetValue(_outputPadding), outputShape = parsed.GetValue(_outputShape);
        if (parsed.GetValue(_framework) is { } framework)
        {
            WeightLayout order = new FrameworkOutcome(framework, Geometry: null, Error: null).WeightLayout;
            ConvTransposeGeometry lowered = Lower(framework, order, shape, weight.Lengths, new()
            {
                Input = PerAxis.Create([.. shape[2..].Select(static size => checked((int)size))]),
                Kernel = PerAxis.Create([.. Taps(weight.Lengths, order)]),
                Stride = steps.Stride,
                Padding = PerAxis.Create([.. steps.Padding.Select(static pair => pair.Head)]),
                PaddingAtEnd = steps.Padding.Any(static pair => pair.Head != pair.Tail)
                    ? PerAxis.Create([.. steps.Padding.Select(static pair => pair.Tail)]) : default,
                OutputPadding = outputPadding,
                Dilation = steps.Dilation,
                AutoPad = parsed.GetValue(_autoPad) ?? OnnxAutoPad.NotSet,
                OutputShape = outputShape,
            }, settings.Groups);
            return ConvTransposePlan.Create(lowered.WithLayout(settings.Layout), WeightOrder.ToInputOutputKernel<T>(weight, order), bias,
                settings: settings.Compute);
        }
        if (parsed.GetValue(_autoPad) is not null)
            throw CommandException.BadInput("autoPad",
                "--auto-pad asks for --framework too, as --framework onnx: PyTorch has no padding by name");
        WeightOrderCheck.OfConvTranspose(settings.WeightFile, weight.Lengths, shape[1]);
        ConvTransposeGeometry geometry = steps.Padding.All(static pair => pair.Head == pair.Tail)
            ? ConvTransposeGeometry.PyTorch(
                shape, weight.Lengths, steps.Stride, PerAxis.Create([.. steps.Padding.Select(static pair => pair.Head)]),
                outputPadding, settings.Groups, steps.Dilation, outputShape)
            : Uneven(shape, weight.Lengths, steps, settings.Groups, outputPadding, outputShape);
        return ConvTransposePlan.Create(geometry.WithLayout(settings.Layout), Elements(weight), bias, settings: settings.Compute);
    }

    private static IEnumerable<int> Taps(ReadOnlySpan<nint> weight, WeightLayout order) =>
        (order == WeightLayout.InputOutputKernel ? weight[2..] : weight[..^2]).ToArray().Select(static taps => checked((int)taps));

    // The framework's rules give the axes; the channels are the tensors'.
    private static ConvTransposeGeometry Lower(Framework framework, WeightLayout order, nint[] input, ReadOnlySpan<nint> weight,
        HyperParameters parameters, int groups)
    {
        (nint inputs, nint outputs) = order switch
        {
            WeightLayout.InputOutputKernel => (weight[0], weight[1]),
            WeightLayout.KernelOutputInput => (weight[^1], weight[^2]),
            _ => (weight[^2], weight[^1]),
        };
        if (inputs != input[1])
            throw CommandException.BadInput("weight",
                $"the weight is [{string.Join(", ", weight.ToArray())}] for {inputs} input channels in the order of "
                + $"{FrameworkName.Of(framework)}, and the input has {input[1]} channels: both must be equal");
        if (groups != 1 && order != WeightLayout.InputOutputKernel)
            throw CommandException.BadInput("groups",
                $"--groups {groups}, and {FrameworkName.Of(framework)}'s transposed convolution has none: leave it out");
        return ConvTransposeGeometry.Create(input[0], inputs, outputs * groups, groups, parameters.Lower(framework).Axes);
    }

    private static ConvTransposeGeometry Uneven(nint[] input, ReadOnlySpan<nint> weight, Steps steps, int groups, PerAxis outputPadding,
        PerAxis outputShape)
    {
        if (!outputShape.Values.IsEmpty)
            throw CommandException.BadInput("outputShape",
                "--output-shape asks for the same padding at both ends: leave it out, or give one number for each axis");
        (int Head, int Tail)[] pairs = [.. AxisNumbers.Expand(steps.Padding, input.Length - 2, "padding")];
        nint[] pads = [.. pairs.Select(static pair => (nint)pair.Head), .. pairs.Select(static pair => (nint)pair.Tail)];
        return ConvTransposeGeometry.Onnx(
            input, weight, OnnxAutoPad.NotSet, pads, steps.Stride, steps.Dilation, outputPadding, outputShape: default, groups);
    }
}
