using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Threading;

namespace Upstride.Models.Inference;

/// <summary>
/// Takes a plane of any height through a <see cref="PlaneNetwork"/> in bands of rows, depth first: a band passes all layers before the next
/// one is looked at, so that activations stay in the caches and memory does not grow with the height. Every sum is made in the same order
/// wherever a band, stripe or tile begins, so the result has the same bits for any settings.
/// </summary>
/// <remarks>Not for several threads at once: it holds the rows that the next band needs. Rows are counted in three ways: those of the
/// input; j, the phase rows, a band of which is made at a time; and f = scale*j + phase, those of the full output, of which row f is
/// row f - padding of the output.</remarks>
public sealed class BandUpscaler : IRowUpscaler, IDisposable
{
    // The widest tensor inside a stage, next to the workspace of its plan, in a second cache of 1 MB.
    private const int TileBytes = 448 * 1024;

    private readonly Dictionary<(LayerChain Stage, int Columns), StagePlans> _plans = [];
    private readonly ImmutableArray<Stripe> _stripes;
    private readonly int _threads;
    private readonly Action<int> _runStripe;
    private readonly float[] _input;
    private readonly float[] _output;
    private readonly int _behind;
    private int _end;
    private int _taken;

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
        ImmutableArray<LayerChain> stages = LayerChain.Of(network);
        _behind = stages.Sum(static stage => stage.Behind);

        // Rows of full phases end with the one that holds the last output row, and are after the input rows; bands of even height cover
        // them.
        int rows = _behind + EndOfPhases(height), columns = EndOfPhases(width) - FirstOfPhases;
        BandRows = settings.BandRowsFor(width);
        if (evenly) BandRows = Integers.DivideUp(rows, Integers.DivideUp(rows, BandRows));
        int stripes = Math.Max(Math.Min(settings.Threads, Integers.DivideUp(columns, MinStripeColumns)),
            Integers.DivideUp(columns, settings.StripeColumns));
        int step = Integers.DivideUp(columns, stripes);
        _stripes =
        [
            .. Enumerable.Range(0, Integers.DivideUp(columns, step)).Select(i => new Stripe(
                network, stages, PlansFor, (width, height), BandRows, FirstOfPhases + i * step, FirstOfPhases
                    + Math.Min((i + 1) * step, columns))),
        ];
        _input = new float[(long)BandRows * width];
        _output = new float[checked((long)network.Scale * BandRows * network.Scale * width)];
        _threads = settings.Threads;
        _runStripe = RunStripe;
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

    // A stripe narrower than this spends more on the columns around it than another thread saves.
    private const int MinStripeColumns = 32;

    private PlaneLayer Last => Network.Layers[^1];

    private int FirstOfPhases => Last.Padding / Last.Stride;

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
            Next(plane.Slice(_taken * Width, Math.Min(BandRows, Height - _taken) * Width)).CopyTo(destination[(first * scale * Width)..]);
        }
    }

    /// <summary>Forgets the rows taken so far: the next ones are the first of another plane.</summary>
    public void Restart()
    {
        (_end, _taken, RowsDone) = (0, 0, 0);
        foreach (Stripe stripe in _stripes) stripe.Clear();
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
        int count = Math.Min(BandRows, Height - _taken);
        if (rows.Length != count * Width)
            throw new ArgumentException(
                $"rows must have min(band rows, rows left) * width = min({BandRows}, {Height - _taken}) * {Width} = {count * Width} "
                + $"elements: {rows.Length}", nameof(rows));
        int scale = Network.Scale;
        if (RowsDone == scale * Height)
            throw new InvalidOperationException(
                $"all {scale * Height} rows have been returned: call {nameof(Restart)} before the next plane");
        rows.CopyTo(_input);
        _input.AsSpan(rows.Length).Clear();
        _taken += count;
        _end += BandRows;
        ParallelLoop.Run(_stripes.Length, _threads, _runStripe);

        // Full row f is row f - padding of the output.
        int first = scale * (_end - _behind - BandRows) - Last.Padding;
        int end = Math.Min(first + scale * BandRows, scale * Height);
        if (end <= RowsDone) return default;
        ReadOnlySpan<float> done = _output.AsSpan((RowsDone - first) * scale * Width, (end - RowsDone) * scale * Width);
        RowsDone = end;
        return done;
    }

    /// <summary>Releases the plans.</summary>
    public void Dispose()
    {
        foreach (StagePlans plans in _plans.Values) plans.Dispose();
        _plans.Clear();
    }

    private void RunStripe(int index)
    {
        Stripe stripe = _stripes[index];
        RollingRows input = stripe.Input;
        input.Advance();
        int first = Math.Max(input.FirstColumn, 0), count = Math.Min(input.FirstColumn + input.Columns, Width) - first;
        for (int row = 0; row < BandRows; row++) _input.AsSpan(row * Width + first, count).CopyTo(input.NewRow(0, row, first));
        stripe.Run(_end, _output);
    }

    /// <summary>Evenly wide tiles whose widest tensor fits the second cache; a single layer divides its work by itself.</summary>
    private StagePlans PlansFor(LayerChain stage, int columns)
    {
        int wide = columns;
        if (stage.Layers.Length > 1)
        {
            int channels = stage.Layers.Max(static layer => layer.InputChannels);
            int most = Math.Max(MinStripeColumns, TileBytes / (channels * (BandRows + stage.Halo) * sizeof(float)) - stage.Halo);
            wide = Integers.DivideUp(columns, Integers.DivideUp(columns, most));
        }
        if (!_plans.TryGetValue((stage, wide), out StagePlans? plans)) _plans.Add((stage, wide), plans = new(stage, BandRows, wide));
        return plans;
    }

    /// <summary>One past the row of full phases that holds the last row of an output.</summary>
    private int EndOfPhases(int input) => checked(Last.Padding + Last.Stride * input - 1) / Last.Stride + 1;
}
