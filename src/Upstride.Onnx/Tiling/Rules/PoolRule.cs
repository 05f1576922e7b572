using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Pooling;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>A pooling: output o looks at the inputs <c>o*stride - head + t*dilation</c> that lie inside.</summary>
internal sealed class PoolRule(PoolOperator op, PoolGeometry geometry, PictureAxes axes) : TileRule(axes)
{
    private const int FirstSpatial = 2;

    public override Interval Needs(int input, int direction, Interval part)
    {
        PoolAxis axis = AxisOf(direction);
        return new((part.Start * axis.Stride) - axis.Head,
            ((part.End - 1) * axis.Stride) - axis.Head + ((axis.Kernel - 1) * axis.Dilation) + 1);
    }

    public override TileStep Step(int direction, Interval part, Interval taken)
    {
        PoolAxis axis = AxisOf(direction).Part(part.Start, part.Length, taken.Start, taken.Length);
        return new($"{axis.Input},{axis.Head},{axis.Tail},{axis.Output}", axis);
    }

    public override Operator Build(TileStep rows, TileStep columns)
    {
        PoolAxis[] parts = [.. geometry.Axes];
        parts[Output.Rows - FirstSpatial] = (PoolAxis)rows.Data!;
        parts[Output.Columns - FirstSpatial] = (PoolAxis)columns.Data!;
        return op.Part([.. parts]);
    }

    private PoolAxis AxisOf(int direction) => geometry.Axes[Output[direction] - FirstSpatial];
}
