using Upstride.Geometry;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>
/// Elements in another order within blocks: a shape that joins picture axes with others or splits them, channels that become pixels and
/// back. Along a direction each element of the input becomes <c>Larger</c> of the output, or <c>Smaller</c> of them become one.
/// </summary>
/// <param name="op">Computes a part as it does the whole.</param>
/// <param name="output">The output's axes that run along the picture's.</param>
/// <param name="rows">The factors down: of a pair one is 1.</param>
/// <param name="columns">The factors across.</param>
/// <param name="opens">Whether the operator serves sizes that the model's own does not.</param>
internal sealed class BlockRule(Operator op, PictureAxes output, (int Larger, int Smaller) rows, (int Larger, int Smaller) columns,
    bool opens) : TileRule(output)
{
    public override Interval Least(int direction, Interval part)
    {
        int larger = Factors(direction).Larger;
        return new(part.Start / larger * larger, Integers.RoundUp(part.End, larger));
    }

    public override Interval Needs(int input, int direction, Interval part)
    {
        (int larger, int smaller) = Factors(direction);
        return new(part.Start / larger * smaller, Integers.DivideUp(part.End, larger) * smaller);
    }

    public override TileStep Step(int direction, Interval part, Interval taken) => new("");

    public override Operator Build(TileStep rows, TileStep columns) => op;

    public override Operator? Open() => opens ? op : null;

    private (int Larger, int Smaller) Factors(int direction) => direction == 0 ? rows : columns;
}
