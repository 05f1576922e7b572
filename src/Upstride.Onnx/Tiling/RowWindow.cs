using Upstride.Geometry;

namespace Upstride.Onnx.Tiling;

/// <summary>The rows of a picture that the next tiles read: taken one after the other, and let go when no later tile reads them.</summary>
internal sealed class RowWindow
{
    private readonly OnnxRowReader _reader;
    private readonly int _channels;
    private readonly int _width;
    private readonly int _capacity;
    private readonly float[] _rows;
    private int _read;

    /// <param name="reader">Gives the rows.</param>
    /// <param name="channels">Planes of a row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="capacity">The most rows that are held at once.</param>
    public RowWindow(OnnxRowReader reader, int channels, int width, int capacity)
    {
        (_reader, _channels, _width, _capacity) = (reader, channels, width, capacity);
        _rows = new float[BytesOf(channels, width, capacity) / sizeof(float)];
    }

    /// <summary>The bytes of a window.</summary>
    public static long BytesOf(int channels, int width, int capacity) => (long)channels * width * capacity * sizeof(float);

    /// <summary>Takes rows up to an end; those that are more than the capacity before it are gone.</summary>
    public void ReadTo(int end)
    {
        for (; _read < end; _read++) _reader(_read, _rows.AsSpan(_read % _capacity * _channels * _width, _channels * _width));
    }

    /// <summary>Columns of a row of a channel.</summary>
    public ReadOnlySpan<float> Row(int row, int channel, Interval columns) =>
        _rows.AsSpan((((row % _capacity) * _channels) + channel) * _width + columns.Start, columns.Length);
}
