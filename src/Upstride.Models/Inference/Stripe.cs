using System.Collections.Immutable;

namespace Upstride.Models.Inference;

/// <summary>
/// Some columns of a picture on their way through the network, a band of rows at a time: each stage takes the rows that the one before has
/// just made, and remembers those that it reads again. No row is computed twice, and no stripe knows of another.
/// </summary>
internal sealed class Stripe
{
    private readonly ImmutableArray<StripeLayers> _stages;
    private readonly PlaneLayer _last;
    private readonly (int Width, int Height) _picture;
    private readonly int _rows;

    /// <param name="stages">What a level's layers are divided into.</param>
    /// <param name="plans">The plans of a stage for so many columns.</param>
    /// <param name="picture">Sizes of the whole input.</param>
    /// <param name="rows">Rows of a band.</param>
    /// <param name="first">The first column of full phases that the stripe makes.</param>
    /// <param name="end">One past the last.</param>
    public Stripe(ImmutableArray<LayerChain> stages, Func<LayerChain, int, StagePlans> plans, (int Width, int Height) picture, int rows,
        int first, int end)
    {
        (_last, _picture, _rows) = (stages[^1].Layers[^1], picture, rows);
        var made = new StripeLayers[stages.Length];
        for (int i = stages.Length - 1; i >= 0; i--)
        {
            made[i] = new(plans(stages[i], end - first), first, end - first, picture);

            // The stage before makes what this one reads, but for what lies outside the picture.
            first = Math.Clamp(made[i].Input.FirstColumn, 0, picture.Width - 1);
            end = Math.Clamp(made[i].Input.FirstColumn + made[i].Input.Columns, first + 1, picture.Width);
        }
        _stages = [.. made];
    }

    /// <summary>Where the next band's rows of the picture are to be put.</summary>
    public RollingRows Input => _stages[0].Input;

    /// <summary>Begins a picture.</summary>
    public void Clear()
    {
        foreach (StripeLayers stage in _stages) stage.Input.Clear();
    }

    /// <summary>Takes the rows in <see cref="Input"/> through all layers.</summary>
    /// <param name="end">One past the last of these rows; they may lie below the picture, as zeros.</param>
    /// <param name="destination">[scale * rows, channels, scale * width]: full output rows from scale * (end - what is behind - rows) on;
    /// the stripe's columns are written.</param>
    public void Run(int end, Span<float> destination)
    {
        for (int i = 0; i < _stages.Length - 1; i++)
        {
            RollingRows next = _stages[i + 1].Input;
            next.Advance();
            int made = end - _stages[i].Stage.Behind;
            int first = made - _rows;
            if (first < _picture.Height && made > 0)
            {
                StagePlans plans = _stages[i].Plans;
                StageScratch scratch = plans.TakeScratch();
                foreach (int column in _stages[i].Tiles()) Keep(_stages[i].Run(column, end, scratch), column, plans.Columns, first, next);
                plans.Return(scratch);
            }
            for (int row = 0; row < _rows; row++)
                if ((uint)(first + row) >= (uint)_picture.Height) next.ClearRow(row);
            end = made;
        }
        StripeLayers last = _stages[^1];
        StageScratch lastScratch = last.Plans.TakeScratch();
        foreach (int column in last.Tiles()) Write(last.Run(column, end, lastScratch), column, last.Plans.Columns, destination);
        last.Plans.Return(lastScratch);
    }

    private void Keep(ReadOnlySpan<float> tile, int column, int columns, int first, RollingRows next)
    {
        for (int i = 0; i < tile.Length / columns; i++)
        {
            if ((uint)(first + i % _rows) < (uint)_picture.Height)
                tile.Slice(i * columns, columns).CopyTo(next.NewRow(i / _rows, i % _rows, column));
        }
    }

    private void Write(ReadOnlySpan<float> tile, int column, int columns, Span<float> destination)
    {
        int scale = _last.Stride, channels = _last.OutputChannels, width = scale * _picture.Width, tileWidth = scale * columns;

        // Full column f is column f - padding of the output.
        int first = scale * column - _last.Padding;
        int skip = Math.Max(-first, 0), count = Math.Min(first + tileWidth, width) - first - skip;
        if (count <= 0) return;
        for (int channel = 0; channel < channels; channel++)
        for (int row = 0; row < scale * _rows; row++)
            tile.Slice((channel * scale * _rows + row) * tileWidth + skip, count)
                .CopyTo(destination.Slice((row * channels + channel) * width + first + skip, count));
    }
}
