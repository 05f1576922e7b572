using System.Globalization;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;
using Upstride.Threading;

namespace Upstride.Onnx.Tiling;

/// <summary>A picture in tiles: a row of tiles after the other, of which each that is ready goes out before the next is begun.</summary>
internal sealed class TiledRun : PictureRun
{
    // The part of the memory that is left to tensors of tiles; weights of several kinds of tiles, and rows, take the rest.
    private const int MemoryShare = 2;

    private readonly WholePicture _whole;
    private readonly OnnxSessionSettings _settings;
    private readonly int _threads;
    private readonly PictureAxes _axes;
    private readonly Interval[] _rows;
    private readonly PlacedPlan[] _columns;
    private readonly int[] _firstRows;
    private readonly int _window;
    private readonly TileCache _cache;

    private TiledRun(OnnxPictureModel model, WholePicture whole, int edge)
    {
        (_whole, _axes) = (whole, model.Axes);
        int rows = whole.OutputLength(0), columns = whole.OutputLength(1);
        TensorType output = whole.Graph.Output.Type!.Value;
        PictureAxes axes = whole.Graph.AxesOf(whole.Graph.Output)!.Value;
        if (!PictureTensor.Fits(output, axes)) throw new TilingRefusedException(null, $"the model makes {output}, which is no picture");
        Output = new(rows, columns, new PictureTensor(output, axes).Channels);
        _rows = [.. Tiles(rows, edge)];
        _columns = [.. Tiles(columns, edge).Select(part => whole.Plan(1, part))];

        // Few tiles in a row leave threads for the work inside each.
        _threads = _columns.Length >= model.Compute.Compute.Threads ? model.Compute.Compute.Threads : 1;
        _settings = model.Compute with
        {
            Compute = model.Compute.Compute with { Threads = _threads > 1 ? 1 : model.Compute.Compute.Threads },
        };
        _cache = new(whole, _settings);

        // The first row of the picture that this row of tiles or one below it reads, and the most rows that are held so.
        Interval[] read = [.. _rows.Select(part => whole.Plan(0, part).Input)];
        _firstRows = new int[read.Length];
        for (int i = read.Length - 1, first = int.MaxValue; i >= 0; i--) _firstRows[i] = first = Math.Min(first, read[i].Start);
        int end = 0;
        for (int i = 0; i < read.Length; i++)
        {
            end = Math.Max(end, read[i].End);
            _window = Math.Max(_window, end - _firstRows[i]);
        }
        Bytes = BytesOf(model);
        int reach = _columns.Max(tile => ReachOf(tile, columns, whole.InputLength(1)));
        long tiles = (long)_rows.Length * _columns.Length;
        Text = string.Create(CultureInfo.InvariantCulture,
            $"{tiles} {(tiles == 1 ? "tile" : "tiles")} of {Math.Min(edge, rows)}x{Math.Min(edge, columns)} pixels, which "
            + $"depend on up to {reach} around them");
    }

    /// <summary>The tiles, for people.</summary>
    public string Text { get; }

    public override OutputSize Output { get; }

    public override long Bytes { get; }

    /// <exception cref="OnnxUnsupportedException">No tile is small enough for the memory that is allowed.</exception>
    /// <exception cref="TilingRefusedException">It makes no picture.</exception>
    public static TiledRun Of(OnnxPictureModel model, WholePicture whole)
    {
        IEnumerable<int> edges = model.Settings.Tile is { } told ? [told] : new TileSizes(whole).Candidates();
        edges = edges.Select(edge => Math.Min(edge, whole.LongestPart)).Distinct();
        OnnxUnsupportedException? last = null;
        foreach (int edge in edges)
        {
            TiledRun? run = null;
            try
            {
                run = new(model, whole, edge);
                if (run.Bytes <= model.Compute.Limits.MaximalMemory) return run;
                last = new($"tiles of {edge}x{edge} pixels take {run.Bytes} bytes, and settings.Limits.MaximalMemory = "
                    + $"{model.Compute.Limits.MaximalMemory}: allow more, or fewer threads");
            }
            catch (OnnxUnsupportedException fault)
            {
                last = fault;
            }
            run?.Dispose();
        }
        throw last!;
    }

    public override void Run(OnnxRowReader reader, OnnxRowWriter writer, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        PictureGraph graph = _whole[1];
        int width = _whole.InputLength(1), channels = new PictureTensor(graph.Input.Type!.Value, _axes).Channels;
        var window = new RowWindow(reader, channels, width, _window);
        var made = new float[_rows.Max(static part => part.Length) * Output.Channels * Output.Columns];
        for (int i = 0; i < _rows.Length; i++)
        {
            PlacedPlan rows = _whole.Plan(0, _rows[i]);
            window.ReadTo(rows.Input.End);
            int done = 0;
            foreach (IGrouping<string, PlacedPlan> kind in _columns.GroupBy(static tile => tile.Plan.Key, StringComparer.Ordinal))
            {
                PlacedPlan[] tiles = [.. kind];
                Executable executable = _cache.Get(rows.Plan, tiles[0].Plan);
                ParallelLoop.Run(tiles.Length, _threads, tile => RunTile(executable, rows, tiles[tile], window, made, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
                done += tiles.Length;
                progress?.Report((i + ((double)done / _columns.Length)) / _rows.Length);
            }
            int row = Output.Channels * Output.Columns;
            for (int y = 0; y < rows.Target.Length; y++) writer(rows.Target.Start + y, made.AsSpan(y * row, row));
        }
    }

    public override void Dispose() => _cache.Dispose();

    private static IEnumerable<Interval> Tiles(int length, int edge)
    {
        for (int start = 0; start < length; start += edge) yield return new(start, Math.Min(length, start + edge));
    }

    // Columns beyond those that a tile's part of the output is the same share of as of the whole output.
    private static int ReachOf(PlacedPlan tile, int outputs, int inputs)
    {
        double scale = (double)inputs / outputs;
        return (int)Math.Ceiling(Math.Max((tile.Target.Start * scale) - tile.Input.Start, tile.Input.End - (tile.Target.End * scale)));
    }

    private void RunTile(Executable executable, PlacedPlan rows, PlacedPlan columns, RowWindow window, float[] made,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return;
        PictureGraph graph = _whole.Graph;
        var input = new PictureTensor(WholePicture.Sized(graph.Input.Type!.Value, _axes, rows.Input.Length, columns.Input.Length), _axes);
        Array elements = input.NewElements();
        for (int y = 0; y < input.Rows; y++)
            for (int channel = 0; channel < input.Channels; channel++)
                input.Write(elements, channel, y, window.Row(rows.Input.Start + y, channel, columns.Input));
        input.Finish(elements);
        PictureAxes axes = graph.AxesOf(graph.Output)!.Value;
        var output = new PictureTensor(WholePicture.Sized(graph.Output.Type!.Value, axes, rows.Target.Length, columns.Target.Length), axes);
        Array result = output.NewElements();
        var inputs = new OnnxTensor?[graph.Graph.Inputs.Length];
        inputs[0] = new(input.Type, elements);
        executable.Run(inputs, [new(output.Type, result)], cancellationToken);
        for (int y = 0; y < output.Rows; y++)
            for (int channel = 0; channel < output.Channels; channel++)
                output.Read(result, channel, y,
                    made.AsSpan((((y * Output.Channels) + channel) * Output.Columns) + columns.Target.Start, columns.Target.Length));
    }

    // A tile inside stands for all; as many kinds as there are have weights of their own.
    private long BytesOf(OnnxPictureModel model)
    {
        int width = _whole.InputLength(1);
        PlacedPlan rows = _whole.Plan(0, _rows[_rows.Length / 2]), columns = _columns[_columns.Length / 2];
        long rowBytes = RowWindow.BytesOf(model.Channels, width, _window)
            + RowWindow.BytesOf(Output.Channels, Output.Columns, rows.Target.Length);
        if (rowBytes > model.Compute.Limits.MaximalMemory / MemoryShare)
            throw new OnnxUnsupportedException($"rows of the picture for a tile take {rowBytes} bytes");
        OnnxPlan plan = _cache.Get(rows.Plan, columns.Plan).Describe([], 0, CancellationToken.None);
        int kinds = Math.Min(TileCache.MaximalKinds, Math.Min(3, _rows.Length) * _columns.DistinctBy(static one => one.Plan.Key,
            StringComparer.Ordinal).Count());
        int atOnce = Math.Min(_threads, _columns.Length);
        TensorType tile = WholePicture.Sized(_whole.Graph.Input.Type!.Value, _axes, rows.Input.Length, columns.Input.Length);
        return rowBytes + (atOnce * kinds * plan.ArenaBytes) + (atOnce * (plan.ResultBytes + plan.WorkspaceBytes + tile.Bytes))
            + (kinds * plan.WeightBytes);
    }
}
