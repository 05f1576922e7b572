namespace Upstride.Imaging.Jpeg;

/// <summary>
/// Interpolates a JPEG picture's colour differences between the samples that two or four pixels share, as libjpeg does ("fancy upsampling":
/// of the two nearest samples along an axis, 3/4 and 1/4). The decoder repeats each sample, which shows as squares at coloured edges, the
/// more the larger the picture is made. Rows come and go in order; three rows of samples are held.
/// </summary>
internal sealed class ChromaUpsampler
{
    private readonly int _width;
    private readonly int _height;
    private readonly int _across;
    private readonly int _down;
    private readonly int _columns;
    private readonly int _chromaRows;
    private readonly Func<int, ReadOnlySpan<byte>> _source;
    private readonly float[][] _blue;
    private readonly float[][] _red;
    private readonly float[] _cb;
    private readonly float[] _cr;
    private int _read;
    private int _next;

    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="step">Pixels that share a sample: 1 or 2 across, 1 or 2 down.</param>
    /// <param name="source">A row of RGB as it was decoded; asked for each row twice at most.</param>
    public ChromaUpsampler(int width, int height, (int Across, int Down) step, Func<int, ReadOnlySpan<byte>> source)
    {
        (_width, _height, (_across, _down), _source) = (width, height, step, source);
        _columns = (width - 1) / _across + 1;
        _chromaRows = (height - 1) / _down + 1;
        float[] Row() => new float[_columns];
        (_blue, _red) = ([Row(), Row(), Row()], [Row(), Row(), Row()]);
        (_cb, _cr) = (Row(), Row());
    }

    public static bool Handles((int Across, int Down) step) => step is (2, 1) or (2, 2) or (1, 2);

    /// <summary>The next row, with its colour differences interpolated.</summary>
    public void Read(Span<byte> destination)
    {
        int row = _next++, own = row / _down;
        for (int wanted = Math.Min(own + 2, _chromaRows); _read < wanted; _read++) ReadChroma(_read);

        // The nearer neighbour: above for the upper row of a pair, below for the lower.
        int other = _down == 1 ? own : Math.Clamp(row % 2 == 0 ? own - 1 : own + 1, 0, _chromaRows - 1);
        Blend(_blue, own, other, _cb);
        Blend(_red, own, other, _cr);
        ReadOnlySpan<byte> rgb = _source(row);
        for (int x = 0; x < _width; x++)
        {
            int near = x / _across, far = _across == 1 ? near : Math.Clamp(x % 2 == 0 ? near - 1 : near + 1, 0, _columns - 1);
            float cb = (3 * _cb[near] + _cb[far]) / 4, cr = (3 * _cr[near] + _cr[far]) / 4;
            float luma = Luma(rgb[3 * x], rgb[3 * x + 1], rgb[3 * x + 2]);
            destination[3 * x] = Round(luma + 1.402f * cr);
            destination[3 * x + 1] = Round(luma - 0.344136286f * cb - 0.714136286f * cr);
            destination[3 * x + 2] = Round(luma + 1.772f * cb);
        }
    }

    // Where a colour was clipped, its sample is found from the other pixels that share it as well.
    private void ReadChroma(int chromaRow)
    {
        float[] blue = _blue[chromaRow % 3], red = _red[chromaRow % 3];
        Array.Clear(blue);
        Array.Clear(red);
        int first = chromaRow * _down, rows = Math.Min(_down, _height - first);
        for (int y = first; y < first + rows; y++)
        {
            ReadOnlySpan<byte> rgb = _source(y);
            for (int x = 0; x < _width; x++)
            {
                float luma = Luma(rgb[3 * x], rgb[3 * x + 1], rgb[3 * x + 2]);
                blue[x / _across] += (rgb[3 * x + 2] - luma) / 1.772f;
                red[x / _across] += (rgb[3 * x] - luma) / 1.402f;
            }
        }
        for (int i = 0; i < _columns; i++)
        {
            int pixels = rows * Math.Min(_across, _width - i * _across);
            blue[i] /= pixels;
            red[i] /= pixels;
        }
    }

    private static void Blend(float[][] rows, int own, int other, float[] destination)
    {
        float[] near = rows[own % 3], far = rows[other % 3];
        for (int i = 0; i < destination.Length; i++) destination[i] = (3 * near[i] + far[i]) / 4;
    }

    private static float Luma(byte red, byte green, byte blue) => 0.299f * red + 0.587f * green + 0.114f * blue;

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0f, 255f);
}
