using System.Numerics.Tensors;

namespace Upstride.Models.Inference;

/// <summary>
/// Takes a plane of any height through a <see cref="PlaneNetwork"/> in bands of rows. The plane is continued by its border as far as the
/// network looks, so that what a layer sees beyond it is no darkness; each chain of layers then takes it through a
/// <see cref="BandUpscaler"/>, and their results are added. The bits do not depend on how the work is divided.
/// </summary>
/// <remarks>Not for several threads at once: it holds the rows that the next band needs.</remarks>
public sealed class PlaneUpscaler : IRowUpscaler
{
    private readonly BandUpscaler[] _chains;

    // What the chains after the first have made and the first has not: it looks furthest ahead.
    private readonly List<float[]>[] _waiting;
    private readonly Stack<float[]> _free = [];
    private readonly int _border, _row, _wide;
    private readonly float[] _output, _clamped;

    // Continued rows that the chains have yet to take.
    private float[] _pending;
    private int _rows, _taken, _fed;

    /// <summary>Makes the plans for planes of one size.</summary>
    /// <param name="network">The layers.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="settings">How the work is divided.</param>
    public PlaneUpscaler(PlaneNetwork network, int width, int height, BandSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (Network, Width, Height, _border) = (network, width, height, network.Reach);
        _row = checked(width + 2 * _border);
        int high = checked(height + 2 * _border);
        var first = new BandUpscaler(network, _row, high, settings);
        BandRows = first.BandRows;
        _chains =
        [
            first,
            .. network.Added.Concat(network.Interpolation is null ? [] : [network.Interpolation]).Select(added => new BandUpscaler(
                added, _row, high, (settings ?? new()) with { BandRows = BandRows }, evenly: false)),
        ];
        _waiting = [.. _chains.Select(static _ => new List<float[]>())];
        _wide = checked(network.Scale * width);
        _output = new float[checked((long)network.Scale * BandRows * _wide)];
        _clamped = new float[network.Interpolation is null ? 0 : _wide];
        _pending = new float[checked((_border + BandRows) * _row)];
    }

    /// <summary>The layers.</summary>
    public PlaneNetwork Network { get; }

    /// <summary>Columns of the input.</summary>
    public int Width { get; }

    /// <summary>Rows of the input.</summary>
    public int Height { get; }

    /// <summary>Rows that each call of <see cref="Next"/> takes, as long as there are so many.</summary>
    public int BandRows { get; }

    /// <summary>Rows of the output that have been returned.</summary>
    public int RowsDone { get; private set; }

    /// <summary>Takes the whole plane through.</summary>
    /// <param name="plane">[height, width].</param>
    /// <param name="destination">[scale * height, scale * width].</param>
    /// <param name="cancellationToken">Asked before each band.</param>
    /// <exception cref="ArgumentException">Lengths that are not those.</exception>
    public void Run(ReadOnlySpan<float> plane, Span<float> destination, CancellationToken cancellationToken = default)
    {
        int high = Network.Scale * Height;
        if (plane.Length != (long)Width * Height)
            throw new ArgumentException(
                $"plane must have width * height = {Width} * {Height} = {(long)Width * Height} elements: {plane.Length}", nameof(plane));
        if (destination.Length != (long)_wide * high)
            throw new ArgumentException(
                $"destination must have scale * width * scale * height = {_wide} * {high} = {(long)_wide * high} elements: "
                + $"{destination.Length}", nameof(destination));
        Restart();
        while (RowsDone < high)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = RowsDone;
            Next(plane.Slice(_taken * Width, Math.Min(BandRows, Height - _taken) * Width)).CopyTo(destination[(first * _wide)..]);
        }
    }

    /// <summary>Forgets the rows taken so far: the next ones are the first of another plane.</summary>
    public void Restart()
    {
        (_rows, _taken, _fed, RowsDone) = (0, 0, 0, 0);
        foreach (BandUpscaler chain in _chains) chain.Restart();
        foreach (List<float[]> waiting in _waiting)
        {
            foreach (float[] row in waiting) _free.Push(row);
            waiting.Clear();
        }
    }

    /// <summary>Takes the next rows of the plane and returns the rows of the output that follow those before; the first calls may return
    /// none.</summary>
    /// <param name="rows">[<see cref="BandRows"/>, width], at the plane's end as many rows as are left, and empty after that until
    /// <see cref="RowsDone"/> is scale * height.</param>
    /// <returns>[rows, scale * width]; the next call overwrites them.</returns>
    /// <exception cref="ArgumentException">Another number of rows.</exception>
    /// <exception cref="InvalidOperationException">All rows have been returned.</exception>
    public ReadOnlySpan<float> Next(ReadOnlySpan<float> rows)
    {
        int count = Math.Min(BandRows, Height - _taken), scale = Network.Scale;
        if (rows.Length != count * Width)
            throw new ArgumentException(
                $"rows must have min(band rows, rows left) * width = min({BandRows}, {Height - _taken}) * {Width} = {count * Width} "
                + $"elements: {rows.Length}", nameof(rows));
        if (RowsDone == scale * Height)
            throw new InvalidOperationException(
                $"all {scale * Height} rows have been returned: call {nameof(Restart)} before the next plane");
        for (int row = 0; row < count; row++) Add(rows.Slice(row * Width, Width));
        int band = Math.Min(BandRows, Height + 2 * _border - _fed);
        ReadOnlySpan<float> continued = _pending.AsSpan(0, band * _row);
        int made = 0;
        for (int chain = _chains.Length - 1; chain >= 0; chain--)
        {
            int first = _chains[chain].RowsDone;
            ReadOnlySpan<float> values = _chains[chain].Next(continued);
            for (int row = 0; row < values.Length / (scale * _row); row++)
            {
                // Of the continued plane's rows those of the plane, and of their columns as well.
                if ((uint)(first + row - scale * _border) >= (uint)(scale * Height)) continue;
                ReadOnlySpan<float> inside = values.Slice(row * scale * _row + scale * _border, _wide);
                if (chain == 0) inside.CopyTo(_output.AsSpan(made++ * _wide));
                else Keep(inside, _waiting[chain]);
            }
        }
        AddWaiting(made);
        _fed += band;
        _rows -= band;
        _pending.AsSpan(band * _row, _rows * _row).CopyTo(_pending);
        RowsDone += made;
        return _output.AsSpan(0, made * _wide);
    }

    /// <summary>Releases the plans.</summary>
    public void Dispose()
    {
        foreach (BandUpscaler chain in _chains) chain.Dispose();
    }

    // The first row also as often as the border is wide, and the last row likewise.
    private void Add(ReadOnlySpan<float> row)
    {
        int times = 1 + (_taken == 0 ? _border : 0) + (_taken == Height - 1 ? _border : 0);
        if (_pending.Length < (_rows + times) * _row) Array.Resize(ref _pending, (_rows + times) * _row);
        Span<float> continued = _pending.AsSpan(_rows * _row, _row);
        continued[.._border].Fill(row[0]);
        row.CopyTo(continued[_border..]);
        continued[^_border..].Fill(row[^1]);
        for (int copy = 1; copy < times; copy++) continued.CopyTo(_pending.AsSpan((_rows + copy) * _row));
        _rows += times;
        _taken++;
    }

    private void Keep(ReadOnlySpan<float> row, List<float[]> waiting)
    {
        if (!_free.TryPop(out float[]? kept)) kept = new float[_wide];
        row.CopyTo(kept);
        waiting.Add(kept);
    }

    private void AddWaiting(int made)
    {
        for (int chain = 1; chain < _waiting.Length; chain++)
        {
            if (chain > Network.Added.Length) Shrink(_output.AsSpan(0, made * _wide));
            List<float[]> waiting = _waiting[chain];
            for (int row = 0; row < made; row++)
            {
                Span<float> sum = _output.AsSpan(row * _wide, _wide);
                TensorPrimitives.Add(sum, waiting[row], sum);
                _free.Push(waiting[row]);
            }
            waiting.RemoveRange(0, made);
        }
    }

    // Nearer to zero by what is negligible: v - clamp(v).
    private void Shrink(Span<float> values)
    {
        for (; !values.IsEmpty; values = values[Math.Min(_wide, values.Length)..])
        {
            Span<float> row = values[..Math.Min(_wide, values.Length)];
            TensorPrimitives.Clamp(row, -PlaneNetwork.Negligible, PlaneNetwork.Negligible, _clamped);
            TensorPrimitives.Subtract(row, _clamped.AsSpan(0, row.Length), row);
        }
    }
}
