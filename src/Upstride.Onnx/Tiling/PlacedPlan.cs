using Upstride.Geometry;

namespace Upstride.Onnx.Tiling;

/// <summary>A part of a picture's output along one direction, computed as a part of a graph's that stands elsewhere.</summary>
/// <param name="Plan">The graph's part.</param>
/// <param name="InputShift">How far behind it the picture's stands, in rows or columns of the picture.</param>
/// <param name="OutputShift">The same in those of the output.</param>
internal readonly record struct PlacedPlan(AxisPlan Plan, int InputShift = 0, int OutputShift = 0)
{
    /// <summary>The part of the picture that is read.</summary>
    public Interval Input => Plan.Input.Moved(InputShift);

    /// <summary>The part of the output that is wanted.</summary>
    public Interval Target => Plan.Target.Moved(OutputShift);
}
