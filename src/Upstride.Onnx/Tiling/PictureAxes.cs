using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>Which axes of a tensor run along a picture's rows and columns.</summary>
/// <param name="Rows">The axis that counts rows.</param>
/// <param name="Columns">The axis that counts columns; the same, where one axis counts pixels, row by row: a list of pixels.</param>
/// <param name="Width">Pixels of a row of a list; else 0.</param>
internal readonly record struct PictureAxes(int Rows, int Columns, int Width = 0)
{
    /// <summary>Down and across: 0 and 1.</summary>
    public const int Directions = 2;

    /// <summary>The axis of a direction.</summary>
    public int this[int direction] => direction == 0 ? Rows : Columns;

    /// <summary>Whether one axis counts pixels.</summary>
    public bool IsList => Rows == Columns;

    /// <summary>The direction of an axis, of a list's down; -1 where it is neither.</summary>
    public int DirectionOf(int axis) => axis == Rows ? 0 : axis == Columns ? 1 : -1;

    /// <summary>How many rows or columns a tensor has.</summary>
    public int LengthOf(TensorShape shape, int direction) =>
        !IsList ? shape[this[direction]] : direction == 0 ? shape[Rows] / Width : Width;

    /// <summary>The axes brought elsewhere.</summary>
    public PictureAxes Moved(Func<int, int> to) => this with { Rows = to(Rows), Columns = to(Columns) };
}
