namespace Upstride.Models.Inference;

/// <summary>One stage of one stripe: the rows that it reads next, and the tiles that it falls into.</summary>
internal sealed class StripeLayers
{
    private readonly StagePlans _plans;
    private readonly (int Width, int Height) _picture;

    /// <param name="plans">For tiles as wide as the stripe's part, or narrower.</param>
    /// <param name="first">The first column that this stage makes, before the scale.</param>
    /// <param name="columns">How many.</param>
    /// <param name="picture">Sizes of the whole input.</param>
    public StripeLayers(StagePlans plans, int first, int columns, (int Width, int Height) picture)
    {
        (_plans, First, Columns, _picture) = (plans, first, columns, picture);
        LayerChain stage = plans.Stage;
        Input = new(stage.InputChannels, stage.Halo, plans.Rows, first - (stage.Halo - stage.Behind), columns + stage.Halo);
    }

    public LayerChain Stage => _plans.Stage;

    public RollingRows Input { get; }

    public int First { get; }

    public int Columns { get; }

    /// <summary>Computes the tile that begins at a column.</summary>
    /// <param name="column">The tile's first, of those that the stage makes.</param>
    /// <param name="end">One past the last row of input that there is.</param>
    /// <param name="scratch">Of the same plans.</param>
    /// <returns>[channels, scale * rows, scale * columns], in the scratch.</returns>
    public ReadOnlySpan<float> Run(int column, int end, StageScratch scratch)
    {
        LayerChain stage = _plans.Stage;
        ReadOnlySpan<float> values = Input.Values;
        int left = column - (stage.Halo - stage.Behind), halo = stage.Halo;
        if (_plans.Columns < Columns)
        {
            Input.CopyColumns(left, _plans.Columns + halo, scratch.Input);
            values = scratch.Input;
        }
        for (int i = 0; i < _plans.Plans.Length; i++)
        {
            PlaneLayer layer = stage.Layers[i];
            _plans.Plans[i].Run(values, scratch.Outputs[i]);
            halo -= LayerChain.HaloOf(layer);
            left += LayerChain.HaloOf(layer) - LayerChain.LookAhead(layer);
            end -= LayerChain.LookAhead(layer);
            if (halo > 0)
                ClearOutside(scratch.Outputs[i], layer.OutputChannels, left, _plans.Columns + halo, end - _plans.Rows - halo, _plans.Rows
                    + halo);
            values = scratch.Outputs[i];
        }
        return values;
    }

    /// <summary>The first columns of the tiles: evenly wide, the last one moved to where it ends with the stripe.</summary>
    public IEnumerable<int> Tiles()
    {
        for (int column = 0; column < Columns; column += _plans.Columns) yield return First + Math.Min(column, Columns - _plans.Columns);
    }

    public StagePlans Plans => _plans;

    // The layer behind takes zeros there, whatever its predecessor makes of zeros.
    private void ClearOutside(Span<float> values, int channels, int left, int columns, int top, int rows)
    {
        int before = Math.Clamp(-left, 0, columns), inside = Math.Clamp(_picture.Width - left, before, columns);
        if (before == 0 && inside == columns && top >= 0 && top + rows <= _picture.Height) return;
        for (int i = 0; i < channels * rows; i++)
        {
            Span<float> row = values.Slice(i * columns, columns);
            if ((uint)(top + i % rows) >= (uint)_picture.Height)
            {
                row.Clear();
                continue;
            }
            row[..before].Clear();
            row[inside..].Clear();
        }
    }
}
