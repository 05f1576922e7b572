using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Threading;

namespace Upstride.Models.Inference;

/// <summary>
/// Takes planes of any height through a level of a <see cref="PlaneNetwork"/>, convolutions and the transposed convolution at their end, in
/// bands of rows. Every sum is made in the same order wherever a band, stripe or tile begins, so the result has the same bits for any
/// settings.
/// </summary>
/// <remarks>Rows are counted in three ways: those of the input; j, the phase rows, a band of which is made at a time; and
/// f = scale*j + phase, those of the full output, of which row f is row f - padding of the output.</remarks>
internal sealed class LevelUpscaler : IDisposable
{
    // The widest tensor inside a stage, next to the workspace of its plan, in a second cache of 1 MB.
    private const int TileBytes = 448 * 1024;

    // A stripe narrower than this spends more on the columns around it than another thread saves.
    private const int MinStripeColumns = 32;

    private readonly Dictionary<(LayerChain Stage, int Columns), StagePlans> _plans = [];
    private readonly ImmutableArray<Stripe> _stripes;
    private readonly PlaneLayer _last;
    private readonly int _threads, _channels, _width, _height, _behind;
    private readonly Action<int> _runStripe;
    private readonly float[] _input;
    private readonly float[] _output;
    private int _end;

    /// <summary>Makes the plans for planes of one size.</summary>
    /// <param name="layers">The level's.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="bandRows">Rows that go through at a time.</param>
    /// <param name="settings">How the work is divided besides.</param>
    /// <param name="evenly">Whether bands are made equally high, and then no higher than <paramref name="bandRows"/>.</param>
    public LevelUpscaler(
        ImmutableArray<PlaneLayer> layers, int width, int height, int bandRows, BandSettings settings, bool evenly)
    {
        (_last, _channels, _width, _height, _threads) = (layers[^1], layers[0].InputChannels, width, height, settings.Threads);
        ImmutableArray<LayerChain> stages = LayerChain.Of(layers);
        _behind = stages.Sum(static stage => stage.Behind);

        // Rows of full phases end with the one that holds the last output row, and are after the input rows; bands of even height cover
        // them.
        int rows = _behind + EndOfPhases(height), columns = EndOfPhases(width) - FirstOfPhases;
        BandRows = evenly ? Integers.DivideUp(rows, Integers.DivideUp(rows, bandRows)) : bandRows;
        int stripes = Math.Max(Math.Min(settings.Threads, Integers.DivideUp(columns, MinStripeColumns)),
            Integers.DivideUp(columns, settings.StripeColumns));
        int step = Integers.DivideUp(columns, stripes);
        _stripes =
        [
            .. Enumerable.Range(0, Integers.DivideUp(columns, step)).Select(i => new Stripe(
                stages, PlansFor, (width, height), BandRows, FirstOfPhases + i * step, FirstOfPhases
                    + Math.Min((i + 1) * step, columns))),
        ];
        _input = new float[checked((long)BandRows * _channels * width)];
        _output = new float[checked((long)_last.Stride * BandRows * _last.OutputChannels * _last.Stride * width)];
        _runStripe = RunStripe;
    }

    /// <summary>Rows that each call of <see cref="Next"/> takes, as long as there are so many.</summary>
    public int BandRows { get; }

    /// <summary>Rows of the input that have been taken.</summary>
    public int RowsTaken { get; private set; }

    /// <summary>How many rows <see cref="Next"/> takes now.</summary>
    public int RowsWanted => Math.Min(BandRows, _height - RowsTaken);

    /// <summary>Rows of the output that have been returned.</summary>
    public int RowsDone { get; private set; }

    /// <summary>Whether all rows have been returned.</summary>
    public bool IsDone => RowsDone == _last.Stride * _height;

    private int FirstOfPhases => _last.Padding / _last.Stride;

    /// <summary>Forgets the rows taken so far: the next ones are the first of other planes.</summary>
    public void Restart()
    {
        (_end, RowsTaken, RowsDone) = (0, 0, 0);
        foreach (Stripe stripe in _stripes) stripe.Clear();
    }

    /// <summary>Takes the next rows and returns the rows of the output that follow those before; the first calls may return none. Not to be
    /// called when all have been returned.</summary>
    /// <param name="rows">[<see cref="RowsWanted"/>, channels, width].</param>
    /// <returns>[rows, channels, scale * width]; the next call overwrites them.</returns>
    public ReadOnlySpan<float> Next(ReadOnlySpan<float> rows)
    {
        int scale = _last.Stride, row = _last.OutputChannels * scale * _width;
        RowsTaken += RowsWanted;
        rows.CopyTo(_input);
        _input.AsSpan(rows.Length).Clear();
        _end += BandRows;
        ParallelLoop.Run(_stripes.Length, _threads, _runStripe);

        // Full row f is row f - padding of the output.
        int first = scale * (_end - _behind - BandRows) - _last.Padding;
        int end = Math.Min(first + scale * BandRows, scale * _height);
        if (end <= RowsDone) return default;
        ReadOnlySpan<float> done = _output.AsSpan((RowsDone - first) * row, (end - RowsDone) * row);
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
        int first = Math.Max(input.FirstColumn, 0), count = Math.Min(input.FirstColumn + input.Columns, _width) - first;
        for (int row = 0; row < BandRows; row++)
        for (int channel = 0; channel < _channels; channel++)
            _input.AsSpan((row * _channels + channel) * _width + first, count).CopyTo(input.NewRow(channel, row, first));
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
    private int EndOfPhases(int input) => checked(_last.Padding + _last.Stride * input - 1) / _last.Stride + 1;
}
