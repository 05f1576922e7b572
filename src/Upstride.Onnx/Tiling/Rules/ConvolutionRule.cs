using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>
/// A convolution or a transposed one. Along an axis <c>i*stride + t*dilation = o + head</c> ties an element i of the smaller side to an
/// element o of the larger one; a part of either is again such an axis, with another head. What Winograd's algorithm computes tile by tile
/// is computed in whole tiles, which begin where the whole's do.
/// </summary>
internal sealed class ConvolutionRule : TileRule
{
    private const int FirstSpatial = 2;

    private readonly Func<ConvTransposeGeometry, bool, Operator> _build;
    private readonly ConvTransposeGeometry _geometry;
    private readonly bool _reversed;
    private readonly int _residual;
    private readonly int[] _steps;

    /// <param name="build">Makes the operator for a part's sizes.</param>
    /// <param name="geometry">The whole's sizes: a transposed convolution, or that of which the convolution is the adjoint.</param>
    /// <param name="reversed">Whether it is the latter.</param>
    /// <param name="axes">The picture's axes, of both sides.</param>
    /// <param name="settings">Those of the computation.</param>
    /// <param name="residual">The input that is added to the output, and may be a constant of its size; -1 for none.</param>
    public ConvolutionRule(Func<ConvTransposeGeometry, bool, Operator> build, ConvTransposeGeometry geometry, bool reversed,
        PictureAxes axes, ComputeSettings settings, int residual = -1)
        : base(axes)
    {
        (_build, _geometry, _reversed, _residual) = (build, geometry, reversed, residual);
        (int depth, int height, int width) = AlgorithmTable.PositionStep(new(geometry, reversed ? Pass.InputGradient : Pass.Forward,
            typeof(float), settings));
        int[] steps = [depth, height, width];
        _steps = [.. Arrays.Range(0, PictureAxes.Directions).Select(direction =>
            steps[axes[direction] - FirstSpatial + 3 - geometry.Axes.Length])];
    }

    public override int FollowingAxis(int input, int direction) => input == _residual ? Output[direction] : -1;

    public override bool TakesMore(int input, int direction) => input == 0;

    public override Interval Least(int direction, Interval part)
    {
        int step = _steps[direction];
        if (step == 1) return part;
        ConvTransposeAxis axis = AxisOf(direction);

        // Tiles have all phases of a transposed convolution's output, and begin at the first.
        (int stride, int length) = _reversed ? (1, axis.Input) : (axis.Stride, axis.Output);
        int behind = _reversed ? 0 : (int)Integers.Remainder(axis.Head, stride);
        int start = ((part.Start + behind) / step * step) - behind;

        // An end of fewer outputs than there are phases would be tiled as fewer.
        if (start > 0 && length - start < stride) start -= step;
        return new(start, Integers.RoundUp(part.End + behind, step) - behind);
    }

    public override Interval Needs(int input, int direction, Interval part)
    {
        if (input == _residual) return part;
        ConvTransposeAxis axis = AxisOf(direction);
        if (_reversed)
            return new((part.Start * axis.Stride) - axis.Head, ((part.End - 1) * axis.Stride) - axis.Head + axis.Extent);
        return new((int)Integers.DivideUp((long)part.Start + axis.Head - axis.Extent + 1, axis.Stride),
            (int)Integers.DivideDown((long)part.End - 1 + axis.Head, axis.Stride) + 1);
    }

    public override TileStep Step(int direction, Interval part, Interval taken)
    {
        ConvTransposeAxis axis = AxisOf(direction);
        (int small, long head, int large) = _reversed
            ? (part.Length, axis.Head + taken.Start - ((long)part.Start * axis.Stride), taken.Length)
            : (taken.Length, part.Start + axis.Head - ((long)taken.Start * axis.Stride), part.Length);
        long full = ((small - 1L) * axis.Stride) + axis.Extent;
        var step = ConvTransposeAxis.Create(small, axis.Kernel, axis.Stride, axis.Dilation, head, full - head - large);
        return new($"{step.Input},{step.Head},{step.Output}", step);
    }

    public override Operator Build(TileStep rows, TileStep columns)
    {
        ConvTransposeAxis[] axes = [.. _geometry.Axes];
        axes[Output.Rows - FirstSpatial] = (ConvTransposeAxis)rows.Data!;
        axes[Output.Columns - FirstSpatial] = (ConvTransposeAxis)columns.Data!;
        return _build(ConvTransposeGeometry.Create(_geometry.Batch, _geometry.InputChannels, _geometry.OutputChannels, _geometry.Groups,
            axes), _reversed);
    }

    private ConvTransposeAxis AxisOf(int direction) => _geometry.Axes[Output[direction] - FirstSpatial];
}
