using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply conv1d</c>, <c>conv2d</c> and <c>conv3d</c>.</summary>
internal sealed class ConvolutionCommand(int axes, Report report) : ConvolutionCommandBase(
    $"conv{axes}d",
    axes,
    $"The ordinary convolution over {axes} spatial {(axes == 1 ? "axis" : "axes")} (correlation, as networks have it).",
    "[output channels, input channels / groups, kernel...]",
    report,
    new Example($"apply conv{axes}d --input x.npy --weight w.npy --padding 1 -o y.npy", "Stride 1; with a kernel of 3 the sizes stay."),
    new Example($"apply conv{axes}d --input x.npy --weight w.npy --bias b.npy --stride 2 --padding 0+1 --algorithm scatter -o y.npy",
        "Half as large, padded at the end alone, by the algorithm that is the definition itself."))
{
    protected override Plan<T> CreatePlan<T>(ParseResult parsed, ReadOnlySpan<nint> input, Tensor<T> weight, ReadOnlySpan<T> bias,
        Settings settings)
    {
        WeightOrderCheck.OfConvolution(settings.WeightFile, weight.Lengths,
            ChannelsFirst(input, settings.Layout)[1] / Math.Max(1, settings.Groups));
        Steps steps = ReadSteps(parsed);
        Padding padding = steps.Padding.IsEmpty ? Padding.Valid : Padding.Explicit([.. steps.Padding]);
        var geometry =
            ConvolutionGeometry.Create(input, weight.Lengths, steps.Stride, padding, steps.Dilation, settings.Groups, settings.Layout);
        return ConvolutionPlan.Create(geometry, Elements(weight), bias, settings: settings.Compute);
    }
}
