using Upstride.Geometry;

namespace Upstride.Algorithms.Winograd;

/// <summary>How axes 1 and 2 are tiled.</summary>
internal readonly record struct WinogradTile(WinogradAxis Axis1, WinogradAxis Axis2)
{
    /// <summary>Outputs of a tile along axis 1.</summary>
    public int M1 => Axis1.Outputs;

    /// <summary>Outputs of a tile along axis 2.</summary>
    public int M2 => Axis2.Outputs;
}

/// <summary>
/// How an axis is tiled. A longer window is cut into pieces that begin as far apart as tiles do: each reads the transformed tile that is as
/// many tiles further as it is pieces, so no tile is transformed again.
/// </summary>
/// <param name="Outputs">Outputs of a tile, 1 where the axis is left direct.</param>
/// <param name="Taps">The most taps of a piece.</param>
internal readonly record struct WinogradAxis(int Outputs, int Taps)
{
    // Beyond, a window costs more to plan than the networks that have one are worth.
    private const int MaxSegments = 8;

    /// <summary>An axis that no tile transforms.</summary>
    public static WinogradAxis Direct { get; } = new(1, 1);

    /// <summary>Whether the axis is transformed.</summary>
    public bool IsTiled => Outputs > 1;

    /// <summary>The tiles for windows of at most this many taps: for each number of outputs the fewest pieces.</summary>
    public static WinogradAxis[] TilesOf(int taps)
    {
        var tiles = new List<WinogradAxis>();
        for (int outputs = 2; outputs <= 4; outputs++)
        {
            // Two outputs a tile save nothing where each piece has two taps more than the last.
            for (int pieces = 1; pieces <= (outputs == 2 ? 1 : MaxSegments); pieces++)
            {
                // All pieces begin a tile apart, so all but the last have as many taps as a tile has outputs.
                int last = taps - (pieces - 1) * outputs, longest = pieces == 1 ? last : Math.Max(last, outputs);
                if (outputs + longest - 1 > Kernels.WinogradKernels.MaxAlpha) continue;
                tiles.Add(new(outputs, longest));
                break;
            }
        }
        return [.. tiles];
    }

    /// <summary>The pieces of a window.</summary>
    public int SegmentsOf(int taps) => taps <= Taps ? 1 : 1 + Integers.DivideUp(taps - Taps, Outputs);

    /// <summary>The piece that a place of a window is in, and its place there.</summary>
    public (int Piece, int Place) Of(int place, int pieces)
    {
        int piece = Math.Min(place / Outputs, pieces - 1);
        return (piece, place - piece * Outputs);
    }
}
