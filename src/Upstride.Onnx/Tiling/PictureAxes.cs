namespace Upstride.Onnx.Tiling;

/// <summary>Which axes of a tensor run along a picture's rows and columns.</summary>
/// <param name="Rows">The axis that counts rows.</param>
/// <param name="Columns">The axis that counts columns.</param>
internal readonly record struct PictureAxes(int Rows, int Columns)
{
    /// <summary>Down and across: 0 and 1.</summary>
    public const int Directions = 2;

    /// <summary>The axis of a direction.</summary>
    public int this[int direction] => direction == 0 ? Rows : Columns;

    /// <summary>The direction of an axis; -1 where it is neither.</summary>
    public int DirectionOf(int axis) => axis == Rows ? 0 : axis == Columns ? 1 : -1;

    /// <summary>Both axes brought elsewhere.</summary>
    public PictureAxes Moved(Func<int, int> to) => new(to(Rows), to(Columns));
}
