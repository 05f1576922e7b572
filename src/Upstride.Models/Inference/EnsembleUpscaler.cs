using System.Numerics.Tensors;

namespace Upstride.Models.Inference;

/// <summary>
/// The mean of a network's eight results for a plane turned by quarters and mirrored, each turned back. The plane goes through in tiles,
/// each with as much around it as the network reaches, so that memory does not grow with the height and the bits are those of the whole.
/// </summary>
/// <remarks>Source: Timofte, Rothe and Van Gool, "Seven ways to improve example-based single image super resolution", 2016.</remarks>
public sealed class EnsembleUpscaler : IRowUpscaler
{
    // A tile this large spends a fifteenth on what is around it, and its three planes take 70 MB at scale 4.
    private const int MaxTileColumns = 512;
    private const int MaxBandRows = 512;
    private const int MaxBandOutputs = 8_000_000;

    private static readonly Orientation[] Orientations = [.. Orientation.All];

    private readonly PlaneNetwork _network;
    private readonly BandSettings _settings;
    private readonly int _width;
    private readonly int _height;
    private readonly int _tileColumns;
    private readonly Dictionary<(int Width, int Height), PlaneUpscaler> _upscalers = [];
    private readonly float[] _window;
    private readonly float[] _output;
    private readonly float[] _tile;
    private readonly float[] _laid;
    private readonly float[] _larger;
    private readonly float[] _sum;
    private int _top;
    private int _taken;

    /// <summary>For planes of one size.</summary>
    /// <param name="network">The layers.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="settings">How the work is divided: band rows and stripe columns, where they are given, are a tile's.</param>
    public EnsembleUpscaler(PlaneNetwork network, int width, int height, BandSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (_network, _width, _height, _settings) = (network, width, height, settings ?? new());
        ArgumentOutOfRangeException.ThrowIfLessThan(_settings.BandRows ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_settings.StripeColumns, 1);
        int scale = network.Scale;
        BandRows = Math.Min(height, _settings.BandRows ?? (int)Math.Clamp(
            MaxBandOutputs / ((long)scale * scale * width), 1, MaxBandRows));
        _tileColumns = Math.Min(width, Math.Min(MaxTileColumns, _settings.StripeColumns));
        int rows = Math.Min(BandRows + 2 * network.Reach, height), tile = rows * Math.Min(_tileColumns + 2 * network.Reach, width);
        _window = new float[(long)rows * width];

        // The rows that come at once are a band's, and at the plane's end those that waited for it too.
        _output = new float[checked((long)scale * scale * Math.Min(BandRows + network.Reach, height) * width)];
        (_tile, _laid) = (new float[tile], new float[tile]);
        (_larger, _sum) = (new float[scale * scale * tile], new float[scale * scale * tile]);
    }

    /// <inheritdoc/>
    public int BandRows { get; }

    /// <inheritdoc/>
    public int RowsDone { get; private set; }

    /// <summary>Takes the next rows of the plane and returns the rows of the output that follow those before; the first calls may return
    /// none.</summary>
    /// <param name="rows">[<see cref="BandRows"/>, width], at the plane's end as many rows as are left.</param>
    /// <returns>[rows, scale * width]; the next call overwrites them.</returns>
    /// <exception cref="ArgumentException">Another number of rows.</exception>
    public ReadOnlySpan<float> Next(ReadOnlySpan<float> rows)
    {
        int count = Math.Min(BandRows, _height - _taken);
        if (rows.Length != count * _width || count == 0)
            throw new ArgumentException(
                $"rows must have min(band rows, rows left) * width = min({BandRows}, {_height - _taken}) * {_width} = {count * _width} "
                + $"elements, and at least one row: {rows.Length}", nameof(rows));
        int reach = _network.Reach, done = RowsDone / _network.Scale;

        // Rows that the outputs still to come depend on stay.
        int top = Math.Max(0, done - reach);
        _window.AsSpan((top - _top) * _width, (_taken - top) * _width).CopyTo(_window);
        rows.CopyTo(_window.AsSpan((_taken - top) * _width));
        (_top, _taken) = (top, _taken + count);

        // Rows nearer to the last one than the network reaches would come out otherwise in the whole plane, unless it is the plane's last.
        int end = _taken == _height ? _height : Math.Max(done, _taken - reach);
        for (int column = 0; column < _width && end > done; column += _tileColumns)
            MakeTile(column, Math.Min(column + _tileColumns, _width), done, end);
        RowsDone = end * _network.Scale;
        return _output.AsSpan(0, _network.Scale * _network.Scale * (end - done) * _width);
    }

    /// <inheritdoc/>
    public void Restart() => (_top, _taken, RowsDone) = (0, 0, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PlaneUpscaler upscaler in _upscalers.Values) upscaler.Dispose();
        _upscalers.Clear();
    }

    /// <summary>Computes the outputs of some columns and rows of the input, from the whole window's rows and the columns within
    /// reach.</summary>
    private void MakeTile(int firstColumn, int endColumn, int firstRow, int endRow)
    {
        // All tiles are as wide: at the right border a tile begins further left than it must.
        int width = Math.Min(_tileColumns + 2 * _network.Reach, _width), left = Math.Clamp(firstColumn - _network.Reach, 0, _width - width);
        int scale = _network.Scale, height = _taken - _top, wide = scale * width;
        Span<float> tile = _tile.AsSpan(0, height * width);
        for (int row = 0; row < height; row++) _window.AsSpan(row * _width + left, width).CopyTo(tile[(row * width)..]);
        ReadOnlySpan<float> mean = Mean(tile, width, height);
        int count = scale * (endColumn - firstColumn);
        for (int row = 0; row < scale * (endRow - firstRow); row++)
            mean.Slice((scale * (firstRow - _top) + row) * wide + scale * (firstColumn - left), count).CopyTo(
                _output.AsSpan((row * _width + firstColumn) * scale));
    }

    private Span<float> Mean(ReadOnlySpan<float> plane, int width, int height)
    {
        int outputs = _network.Scale * _network.Scale * plane.Length;
        Span<float> laid = _laid.AsSpan(0, plane.Length), larger = _larger.AsSpan(0, outputs), sum = _sum.AsSpan(0, outputs);
        sum.Clear();
        foreach (Orientation orientation in Orientations)
        {
            orientation.Apply(plane, width, laid);
            (orientation.Transposed ? For(height, width) : For(width, height)).Run(laid, larger);
            orientation.AddBack(larger, _network.Scale * width, sum);
        }
        TensorPrimitives.Multiply(sum, 1f / Orientations.Length, sum);
        return sum;
    }

    // Two for the bands between the first and the last, which have heights of their own: what those needed is let go.
    private PlaneUpscaler For(int width, int height)
    {
        if (_upscalers.TryGetValue((width, height), out PlaneUpscaler? upscaler)) return upscaler;
        if (_upscalers.Count == 2) Dispose();
        _upscalers.Add((width, height), upscaler = new(_network, width, height, _settings));
        return upscaler;
    }
}
