using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Tiling;

/// <summary>The compiled tiles of a picture: those inside are alike, and those at its borders; the one unused longest gives way.</summary>
internal sealed class TileCache(WholePicture whole, OnnxSessionSettings settings) : IDisposable
{
    /// <summary>The most that are kept.</summary>
    /// <remarks>A row of tiles has a first, some inside and a last one, and so has the next, whose kind may be another.</remarks>
    public const int MaximalKinds = 6;

    private readonly List<((string, string) Kind, Executable Executable)> _tiles = [];

    /// <summary>The computation of the tiles that are alike to that of two plans; not for several threads at once, and until the next one
    /// is
    /// asked for.</summary>
    public Executable Get(AxisPlan rows, AxisPlan columns)
    {
        (string, string) kind = (rows.Key, columns.Key);
        int index = _tiles.FindIndex(tile => tile.Kind == kind);
        if (index >= 0)
        {
            ((string, string) Kind, Executable Executable) found = _tiles[index];
            _tiles.RemoveAt(index);
            _tiles.Add(found);
            return found.Executable;
        }
        if (_tiles.Count == MaximalKinds)
        {
            _tiles[0].Executable.Dispose();
            _tiles.RemoveAt(0);
        }
        Executable made = PlanCache.Make(settings.Plans,
            () => new Executable(TileGraph.Of(whole.Graph, rows, columns, settings), settings.Compute, settings.Limits));
        _tiles.Add((kind, made));
        return made;
    }

    public void Dispose()
    {
        foreach ((_, Executable tile) in _tiles) tile.Dispose();
        _tiles.Clear();
    }
}
