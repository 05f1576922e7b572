using Upstride.Geometry;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>An output's element depends on the inputs' at its own place: the operator computes a part as it does the whole.</summary>
/// <param name="op">The operator.</param>
/// <param name="output">The output's axes that run along the picture's.</param>
/// <param name="following">For each input that is a constant as large as the picture along a direction, its axis there; null for
/// none.</param>
internal sealed class PointRule(Operator op, PictureAxes output, Func<int, int, int>? following = null) : TileRule(output)
{
    public override Interval Needs(int input, int direction, Interval part) => part;

    public override int FollowingAxis(int input, int direction) => following?.Invoke(input, direction) ?? -1;

    public override TileStep Step(int direction, Interval part, Interval taken) => new("");

    public override Operator Build(TileStep rows, TileStep columns) => op;
}
