using System.Globalization;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Pooling;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>
/// A maximum unpooling by the indices of a pooling of the same graph: an element of the output depends on those windows of the pooling that
/// it lies in, wherever their maxima were. A part's indices count in the part of the pooling's input.
/// </summary>
/// <param name="op">The operator.</param>
/// <param name="pool">The pooling's place among the nodes.</param>
/// <param name="geometry">Its sizes.</param>
/// <param name="whole">Rows and columns of the whole output.</param>
/// <param name="axes">The picture's, of all sides.</param>
internal sealed class UnpoolRule(MaxUnpoolOperator op, int pool, PoolGeometry geometry, (int Rows, int Columns) whole, PictureAxes axes)
    : TileRule(axes)
{
    private const int FirstSpatial = 2;

    public override int? CountsIn => pool;

    // Window o holds o*stride - head and what follows to its extent.
    public override Interval Needs(int input, int direction, Interval part)
    {
        PoolAxis axis = geometry.Axes[Output[direction] - FirstSpatial];
        long extent = (long)(axis.Kernel - 1) * axis.Dilation;
        return new((int)Math.Max(0, Integers.DivideUp(part.Start + (long)axis.Head - extent, axis.Stride)),
            (int)Math.Min(axis.Output, Integers.DivideDown(part.End - 1 + (long)axis.Head, axis.Stride) + 1));
    }

    public override TileStep Step(int direction, Interval part, Interval taken)
    {
        int end = direction == 0 ? whole.Rows : whole.Columns;
        var axis = new UnpoolAxis(taken.Length, taken.Start - part.Start, part.Length, Math.Min(end, taken.End) - part.Start);
        return new(string.Create(CultureInfo.InvariantCulture, $"{axis.Pooled},{axis.Offset},{axis.Output},{axis.Outside}"), axis);
    }

    public override Operator Build(TileStep rows, TileStep columns)
    {
        var parts = new UnpoolAxis[PictureAxes.Directions];
        parts[Output.Rows - FirstSpatial] = (UnpoolAxis)rows.Data!;
        parts[Output.Columns - FirstSpatial] = (UnpoolAxis)columns.Data!;
        return new PartialUnpool(parts[0], parts[1], op.CountsWithinPlanes, op.CountsInColumns);
    }
}
