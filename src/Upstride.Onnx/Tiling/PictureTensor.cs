using Upstride.Geometry;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>A tensor as planes: where its rows, columns and channels lie.</summary>
internal readonly struct PictureTensor
{
    private readonly int _rowStep;
    private readonly int _columnStep;
    private readonly int _channelStep;

    /// <param name="type">Its type; beside rows and columns one axis at most is longer than 1.</param>
    /// <param name="axes">The axes of the picture.</param>
    public PictureTensor(TensorType type, PictureAxes axes)
    {
        Type = type;
        TensorShape shape = type.Shape;
        Channels = 1;
        for (int axis = shape.Rank - 1, step = 1; axis >= 0; step *= shape[axis--])
        {
            if (axis == axes.Rows) (Rows, _rowStep) = (shape[axis], step);
            else if (axis == axes.Columns) (Columns, _columnStep) = (shape[axis], step);
            else if (shape[axis] > 1) (Channels, _channelStep) = (shape[axis], step);
        }
    }

    public TensorType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int Channels { get; }

    /// <summary>Whether a type is one picture: a batch of one, and one axis of channels.</summary>
    public static bool Fits(TensorType type, PictureAxes axes)
    {
        if (type.Storage == Storage.Boolean || Math.Max(axes.Rows, axes.Columns) >= type.Shape.Rank) return false;
        int longer = 0;
        for (int axis = 0; axis < type.Shape.Rank; axis++)
            if (axes.DirectionOf(axis) < 0 && type.Shape[axis] != 1) longer++;
        return longer <= 1;
    }

    /// <summary>Memory for the elements.</summary>
    public Array NewElements() => Type.NewUninitializedArray();

    /// <summary>Writes a run of a row of a channel.</summary>
    public void Write(Array elements, int channel, int row, ReadOnlySpan<float> values)
    {
        int start = (channel * _channelStep) + (row * _rowStep);
        if (elements is float[] floats)
        {
            if (_columnStep == 1) values.CopyTo(floats.AsSpan(start));
            else
                for (int x = 0; x < values.Length; x++) floats[start + (x * _columnStep)] = values[x];
            return;
        }
        var integers = (long[])elements;
        (long least, long most) = Type.Element.Range;
        for (int x = 0; x < values.Length; x++)
            integers[start + (x * _columnStep)] = Math.Clamp((long)MathF.Round(values[x]), least, most);
    }

    /// <summary>Reads a row of a channel.</summary>
    public void Read(Array elements, int channel, int row, Span<float> values)
    {
        int start = (channel * _channelStep) + (row * _rowStep);
        if (elements is float[] floats)
        {
            if (_columnStep == 1) floats.AsSpan(start, values.Length).CopyTo(values);
            else
                for (int x = 0; x < values.Length; x++) values[x] = floats[start + (x * _columnStep)];
            return;
        }
        var integers = (long[])elements;
        for (int x = 0; x < values.Length; x++) values[x] = integers[start + (x * _columnStep)];
    }

    /// <summary>Rounds what was written to a narrower type.</summary>
    public void Finish(Array elements)
    {
        if (Type.Element.IsNarrowFloat) Type.Element.Round((float[])elements);
    }

}
