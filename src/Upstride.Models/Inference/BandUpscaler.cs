using System.Collections.Immutable;

namespace Upstride.Models.Inference;

/// <summary>
/// Takes a plane of any height through a <see cref="PlaneNetwork"/> in bands of rows, depth first: a band passes all layers before the next
/// one is looked at, so that activations stay in the caches and memory does not grow with the height. Every sum is made in the same order
/// wherever a band, stripe or tile begins, so the result has the same bits for any settings.
/// </summary>
/// <remarks>Not for several threads at once: it holds the rows that the next band needs.</remarks>
public sealed class BandUpscaler : IRowUpscaler, IDisposable
{
    private readonly ImmutableArray<LevelUpscaler> _levels;

    // Between a level and the next.
    private readonly ImmutableArray<WaitingRows> _waiting;

    /// <summary>Makes the plans for planes of one size.</summary>
    /// <param name="network">The layers.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="settings">How the work is divided.</param>
    public BandUpscaler(PlaneNetwork network, int width, int height, BandSettings? settings = null)
        : this(network, width, height, settings, evenly: true)
    {
    }

    // Evenly: whether the bands are made equally high, or have just the rows that the settings say.
    internal BandUpscaler(PlaneNetwork network, int width, int height, BandSettings? settings, bool evenly)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        settings ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.BandRows ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.StripeColumns, 1);
        (Network, Width, Height) = (network, width, height);

        // The last level has the most rows, and they are to be as many as those of a network that enlarges once.
        int deepest = network.ScaleBefore(network.Levels.Length - 1);
        int rows = settings.BandRows ?? Math.Max(1, settings.BandRowsFor(checked(deepest * width)) / deepest);
        var levels = ImmutableArray.CreateBuilder<LevelUpscaler>();
        var waiting = ImmutableArray.CreateBuilder<WaitingRows>();
        foreach (ImmutableArray<PlaneLayer> level in network.Levels)
        {
            // Each level takes in a call what the one before gives in one, so that at most one such band waits besides.
            if (levels.Count > 0)
                (rows, evenly) = (checked(levels[^1].BandRows * network.Levels[levels.Count - 1][^1].Stride), false);
            int scale = network.ScaleBefore(levels.Count);
            if (levels.Count > 0) waiting.Add(new(checked(level[0].InputChannels * scale * width), checked(2 * rows)));
            levels.Add(new(level, checked(scale * width), checked(scale * height), rows, settings, evenly));
        }
        (_levels, _waiting) = (levels.ToImmutable(), waiting.ToImmutable());
    }

    /// <summary>The layers.</summary>
    public PlaneNetwork Network { get; }

    /// <summary>Columns of the input.</summary>
    public int Width { get; }

    /// <summary>Rows of the input.</summary>
    public int Height { get; }

    /// <summary>Rows that each call of <see cref="Next"/> takes, as long as there are so many.</summary>
    public int BandRows => _levels[0].BandRows;

    /// <summary>Rows of the output that have been returned.</summary>
    public int RowsDone => _levels[^1].RowsDone;

    /// <summary>Takes the whole plane through.</summary>
    /// <param name="plane">[height, width].</param>
    /// <param name="destination">[scale * height, scale * width].</param>
    /// <param name="cancellationToken">Asked before each band.</param>
    /// <exception cref="ArgumentException">Lengths that are not those.</exception>
    public void Run(ReadOnlySpan<float> plane, Span<float> destination, CancellationToken cancellationToken = default)
    {
        int scale = Network.Scale;
        if (plane.Length != (long)Width * Height)
            throw new ArgumentException(
                $"plane must have width * height = {Width} * {Height} = {(long)Width * Height} elements: {plane.Length}", nameof(plane));
        if (destination.Length != (long)scale * Width * scale * Height)
            throw new ArgumentException(
                $"destination must have scale * width * scale * height = {scale} * {Width} * {scale} * {Height} = "
                + $"{(long)scale * Width * scale * Height} elements: {destination.Length}", nameof(destination));
        Restart();
        while (RowsDone < scale * Height)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = RowsDone;
            Next(plane.Slice(_levels[0].RowsTaken * Width, _levels[0].RowsWanted * Width)).CopyTo(destination[(first * scale * Width)..]);
        }
    }

    /// <summary>Forgets the rows taken so far: the next ones are the first of another plane.</summary>
    public void Restart()
    {
        foreach (LevelUpscaler level in _levels) level.Restart();
        foreach (WaitingRows waiting in _waiting) waiting.Clear();
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
        int taken = _levels[0].RowsTaken, count = _levels[0].RowsWanted;
        if (rows.Length != count * Width)
            throw new ArgumentException(
                $"rows must have min(band rows, rows left) * width = min({BandRows}, {Height - taken}) * {Width} = {count * Width} "
                + $"elements: {rows.Length}", nameof(rows));
        if (_levels[^1].IsDone)
            throw new InvalidOperationException(
                $"all {Network.Scale * Height} rows have been returned: call {nameof(Restart)} before the next plane");
        ReadOnlySpan<float> made = _levels[0].IsDone ? default : _levels[0].Next(rows);
        for (int i = 1; i < _levels.Length; i++)
        {
            WaitingRows waiting = _waiting[i - 1];
            LevelUpscaler level = _levels[i];
            waiting.Add(made);
            made = level.IsDone || waiting.Count < level.RowsWanted ? default : level.Next(waiting.Take(level.RowsWanted));
        }
        return made;
    }

    /// <summary>Releases the plans.</summary>
    public void Dispose()
    {
        foreach (LevelUpscaler level in _levels) level.Dispose();
    }
}
