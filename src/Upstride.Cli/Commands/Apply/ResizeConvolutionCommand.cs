using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply resize-conv</c>.</summary>
internal sealed class ResizeConvolutionCommand : WeightedCommand
{
    private readonly Option<PerAxis> _scale =
        CommandOptions.PerAxis("--scale", "factors", "Whole factor of the enlargement, of all axes or each: 2 or 2x3.");
    private readonly Option<PerAxis> _padding =
        CommandOptions.PerAxis("--padding", "amounts", "The convolution's padding at both ends, in elements of the enlarged input.", "-p");

    public ResizeConvolutionCommand(Report report) : base(
        "resize-conv",
        "Enlarges by nearest neighbour and convolves with stride 1, over one to three spatial axes: upsampling without a checkerboard. "
            + "Computed as one transposed convolution, at the small size.",
        "[output channels, input channels / groups, kernel...]",
        report,
        new Example("apply resize-conv --input x.npy --weight w.npy --scale 2 --padding 1 -o y.npy",
            "Twice as large; with a kernel of 3 every size doubles."),
        new Example("apply resize-conv --input x.npy --weight w.npy --bias b.npy --scale 2x3 --algorithm scatter -o y.npy",
            "Other factors for the two axes, by the algorithm that is the definition itself."))
    {
        Add(_scale);
        Add(_padding);
    }

    protected override Plan<T> CreatePlan<T>(ParseResult parsed, ReadOnlySpan<nint> input, Tensor<T> weight, ReadOnlySpan<T> bias,
        Settings settings)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ResizeConvolution(
            ChannelsFirst(input, settings.Layout), weight.Lengths, parsed.Require(_scale), parsed.GetValue(_padding), settings.Groups);
        T[] fused = ResizeConvolution.FuseWeights<T>(geometry, weight.Lengths, Elements(weight));
        return ConvTransposePlan.Create(geometry.WithLayout(settings.Layout), fused, bias, settings: settings.Compute);
    }
}
