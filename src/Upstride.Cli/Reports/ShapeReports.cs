using System.Globalization;
using System.Text.Json.Serialization;
using Upstride.Cli.Commands.Sizes;
using Upstride.Geometry;

namespace Upstride.Cli.Reports;

/// <summary>
/// The sizes of a transposed convolution; every list has an entry for each spatial axis, outermost first. The names are stable.
/// </summary>
/// <param name="Framework">Whose rules applied.</param>
/// <param name="Input">Sizes of the input.</param>
/// <param name="Output">Sizes of the output.</param>
/// <param name="Full">Sizes of the uncropped output.</param>
/// <param name="Crop">What is cropped of it, [head, tail]; negative where the output is extended.</param>
/// <param name="EquivalentConvolution">The stride-1 convolution that makes the same output.</param>
/// <param name="Phases">For each residue modulo the stride, the taps that make these outputs; null for an axis of more than
/// <see cref="MaxPhases"/>.</param>
/// <param name="Overlap">How many products land on an output.</param>
internal sealed record ShapeReport(
    string Framework, int[] Input, int[] Output, int[] Full, int[][] Crop, EquivalentConvolutionReport EquivalentConvolution,
        int[][]?[] Phases, OverlapReport Overlap)
{
    private const int MaxPhases = 65_536;

    /// <summary>What it costs; not there where no channels were given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ShapeCost? Cost { get; init; }

    /// <summary>The sizes of <paramref name="geometry"/>.</summary>
    public static ShapeReport Of(ConvTransposeGeometry geometry, string framework) => new(
        framework,
        [.. geometry.Axes.Select(static axis => axis.Input)],
        [.. geometry.Axes.Select(static axis => axis.Output)],
        [.. geometry.Axes.Select(static axis => axis.Full)],
        [.. geometry.Axes.Select(static axis => new[] { axis.Head, axis.Tail })],
        EquivalentConvolutionReport.Of([.. Geometry.EquivalentConvolution.Of(geometry)]),
        [.. geometry.Axes.Select(PhasesOf)],
        OverlapReport.Of(OverlapMap.Of(geometry)));

    private static int[][]? PhasesOf(ConvTransposeAxis axis) => axis.Stride > MaxPhases
        ? null
        : [.. axis.GetPhases().Select(static phase => phase.Taps.Select(static tap => tap.Tap).ToArray())];
}

/// <summary>What a transposed convolution of one image costs.</summary>
/// <param name="Parameters">Weights, without a bias.</param>
/// <param name="BiasParameters">Those of a bias.</param>
/// <param name="Flops">Operations by the definition, a multiplication and an addition being two.</param>
/// <param name="InputBytes">The input in float32.</param>
/// <param name="WeightBytes">The weights in float32.</param>
/// <param name="OutputBytes">The output in float32.</param>
internal sealed record ShapeCost(long Parameters, long BiasParameters, long Flops, long InputBytes, long WeightBytes, long OutputBytes)
{
    public static ShapeCost Of(ConvTransposeGeometry geometry) => new(
        geometry.WeightLength, geometry.OutputChannels, 2 * geometry.MultiplyAdds,
        sizeof(float) * (long)geometry.InputLength, sizeof(float) * (long)geometry.WeightLength,
            sizeof(float) * (long)geometry.OutputLength);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count.Of(Parameters, "parameter")} ({BiasParameters} more with a bias), {Count.Of(Flops, "FLOP")}; float32: "
            + $"{Count.Of(InputBytes, "byte")} of input, {WeightBytes} of weights, {OutputBytes} of output");
}

/// <summary>The stride-1 convolution of the stretched input that equals a transposed convolution; an entry for each axis.</summary>
internal sealed record EquivalentConvolutionReport(int[] Input, int[] Kernel, int[] Dilation, int[] Stride, int[][] Padding,
    int[] ZerosBetween)
{
    public static EquivalentConvolutionReport Of(EquivalentConvolution[] axes) => new(
        [.. axes.Select(static axis => axis.Input)],
        [.. axes.Select(static axis => axis.Kernel)],
        [.. axes.Select(static axis => axis.Dilation)],
        [.. axes.Select(static axis => axis.Stride)],
        [.. axes.Select(static axis => new[] { axis.PaddingHead, axis.PaddingTail })],
        [.. axes.Select(static axis => axis.ZerosBetween)]);
}

/// <summary>How many products land on an output away from the border.</summary>
internal sealed record OverlapReport(bool Even, int Min, int Max)
{
    public static OverlapReport Of(OverlapMap map) => new(map.IsEven, map.Min, map.Max);
}

/// <summary>The same hyper-parameters in every framework.</summary>
/// <param name="Frameworks">What each makes of them.</param>
/// <param name="SameSizeOtherValues">Pairs that agree in size and crop at different places.</param>
internal sealed record ComparisonReport(FrameworkReport[] Frameworks, string[][] SameSizeOtherValues);

/// <summary>What one framework makes of hyper-parameters: a shape, or an error.</summary>
internal sealed record FrameworkReport(string Framework, string WeightLayout, ShapeReport? Shape, ErrorDetail? Error)
{
    public static FrameworkReport Of(FrameworkOutcome outcome)
    {
        string name = FrameworkName.Of(outcome.Framework);
        return new(
            name, outcome.WeightLayout.ToString(),
            outcome.Geometry is { } geometry ? ShapeReport.Of(geometry, name) : null,
            outcome.Error is { } error ? new(error.Parameter, error.Message) : null);
    }
}

/// <summary>The settings that answer an inverse question.</summary>
/// <param name="Settings">In ascending order.</param>
/// <param name="More">Whether there are more than were asked for.</param>
internal sealed record InverseReport(SettingsReport[] Settings, bool More);

/// <summary>PyTorch's settings of one axis.</summary>
internal sealed record SettingsReport(int Kernel, int Stride, int Padding, int OutputPadding, int Dilation)
{
    public static SettingsReport Of(ConvTransposeSettings settings) =>
        new(settings.Kernel, settings.Stride, settings.Padding, settings.OutputPadding, settings.Dilation);
}

/// <summary>Sizes in terms of the input's size i.</summary>
/// <param name="Framework">Whose rules applied.</param>
/// <param name="Input">Always <c>i</c>.</param>
/// <param name="Output">The output: <c>4i</c>.</param>
/// <param name="Full">The uncropped output.</param>
/// <param name="Crop">What is cropped of it, [head, tail].</param>
/// <param name="Smallest">The smallest legal i.</param>
/// <param name="EquivalentConvolution">The stride-1 convolution that makes the same output; its input in terms of i.</param>
internal sealed record SymbolicReport(string Framework, string Input, string Output, string Full, int[] Crop, int Smallest,
    SymbolicConvolutionReport EquivalentConvolution)
{
    public static SymbolicReport Of(SymbolicSize size, string framework)
    {
        EquivalentConvolution equal = Geometry.EquivalentConvolution.Of(size.Axis);
        return new(
            framework, "i", size.Output.ToString(), size.Full.ToString(), [size.Axis.Head, size.Axis.Tail], size.Smallest,
            new(size.Stretched.ToString(), equal.Kernel, equal.Dilation, equal.Stride, [equal.PaddingHead, equal.PaddingTail],
                equal.ZerosBetween));
    }
}

/// <summary>The equivalent convolution of one axis with its input in terms of i.</summary>
internal sealed record SymbolicConvolutionReport(string Input, int Kernel, int Dilation, int Stride, int[] Padding, int ZerosBetween);

/// <summary>The ordinary convolution in the frameworks that were asked for.</summary>
internal sealed record ConvolutionSizesReport(ConvolutionSizeReport[] Frameworks);

/// <summary>One framework's ordinary convolution, and the way back.</summary>
/// <param name="Framework">Whose rules applied.</param>
/// <param name="Input">Sizes of the input.</param>
/// <param name="Output">Sizes of the output; null where it is refused.</param>
/// <param name="Padding">Zeros before and after each axis, [head, tail].</param>
/// <param name="Dropped">Elements at the end of each padded axis that no window reaches.</param>
/// <param name="Equations">The sizes with the numbers put in, an entry for each axis.</param>
/// <param name="Back">Sizes that the transposed convolution of the same settings gives: the input's.</param>
/// <param name="Error">The refusal; null where there is none.</param>
internal sealed record ConvolutionSizeReport(
    string Framework, int[] Input, int[]? Output, int[][]? Padding, int[]? Dropped, string[]? Equations, int[]? Back, ErrorDetail? Error);
