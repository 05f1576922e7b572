using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>
/// A view that makes one axis of rows and columns, or both of one: the pixels of a part are those of its rows, one after another, as the
/// whole's are, so that they lie under the other shape as they are.
/// </summary>
/// <param name="node">Its name, for the refusal.</param>
/// <param name="shape">The whole's shape after it.</param>
/// <param name="output">The axes that run along the picture's in that shape.</param>
internal sealed class ListRule(string node, TensorShape shape, PictureAxes output) : TileRule(output)
{
    public override Interval Needs(int input, int direction, Interval part) => part;

    public override TileStep Step(int direction, Interval part, Interval taken) => new("", part.Length);

    public override Operator Build(TileStep rows, TileStep columns)
    {
        int[] lengths = shape.ToArray();
        (int down, int across) = ((int)rows.Data!, (int)columns.Data!);
        if (Output.IsList) lengths[Output.Rows] = down * across;
        else (lengths[Output.Rows], lengths[Output.Columns]) = (down, across);
        return new FixedViewOperator(TensorShape.Of(lengths));
    }

    // How many rows a list has does not follow from its length.
    public override Operator? Open() => throw new TilingRefusedException(node,
        $"makes {(Output.IsList ? "a list of the picture's pixels" : "rows and columns of a list of pixels")} by numbers");
}
