using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;

namespace Upstride.Algorithms.Phases;

/// <summary>Where the weights of a register tile's rows stand.</summary>
internal static class TapPlaces
{
    /// <summary>Counted from a source channel's weights, by place of the window, then row; -1 where a row has no tap there.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="chunk">The chunk that the rows are of.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="firstRow">The first one, among those of all members for the chunk's channels.</param>
    /// <param name="tapsOf">For each member, for each place: the kernel's tap, or -1.</param>
    /// <param name="count">Places of the window.</param>
    public static int[] Of(PolyphaseProblem problem, ChannelChunk chunk, int rows, int firstRow, ImmutableArray<ImmutableArray<int>> tapsOf,
        int count)
    {
        int[] places = new int[count * rows];
        for (int r = 0; r < rows; r++)
        {
            int row = firstRow + r, channel = (chunk.FirstChannel + row % chunk.Channels) * problem.WeightOfDestination;
            for (int p = 0; p < count; p++)
            {
                int tap = tapsOf[row / chunk.Channels][p];
                places[p * rows + r] = tap < 0 ? -1 : channel + tap;
            }
        }
        return places;
    }
}
