using System.Runtime.CompilerServices;
using Upstride.Algorithms.Blocks;
using Upstride.Kernels;

namespace Upstride.Algorithms.Phases;

/// <summary>The weights in the order in which the register tiles read them: [group][tile][source channel][offset][row].</summary>
internal static unsafe class PhaseWeights
{
    public static void Pack<T>(PhaseSchedule schedule, ReadOnlySpan<T> weight, AlignedBuffer<T> packed)
        where T : unmanaged
    {
        PolyphaseProblem problem = schedule.Problem;
        fixed (T* weights = weight)
        {
            for (int group = 0; group < problem.Groups; group++)
            foreach (ChannelChunk chunk in schedule.Chunks)
            foreach (RowTile tile in chunk.Tiles)
            {
                PackTile(
                    schedule, chunk, tile, weights + (long)group * problem.WeightOfGroup,
                    packed.Start + group * schedule.WeightsPerGroup + tile.WeightOffset);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTile<T>(PhaseSchedule schedule, ChannelChunk chunk, RowTile tile, T* weight, T* packed)
        where T : unmanaged
    {
        PolyphaseProblem problem = schedule.Problem;
        FusedPhases set = schedule.Sets[tile.Set];
        int row = tile.FirstRow - schedule.FirstRow(tile.Set, chunk.Channels);
        var rows = new TapRow[tile.Rows];
        for (int r = 0; r < rows.Length; r++, row++)
            rows[r] = new((chunk.FirstChannel + row % chunk.Channels) * problem.WeightOfDestination, set.Taps[row / chunk.Channels]);

        // The weights of one source channel are read in one go, as they are; what is written is strided.
        int offsets = set.Offsets.Length;
        for (int channel = 0; channel < problem.SourceChannels; channel++, weight += problem.WeightOfSource)
        {
            for (int f = 0; f < offsets; f++, packed += tile.Rows)
            {
                for (int r = 0; r < rows.Length; r++)
                {
                    int tap = rows[r].Taps[f];
                    packed[r] = tap < 0 ? default : weight[rows[r].Offset + tap];
                }
            }
        }
    }
}

/// <summary>
/// Where the weights of one row of a product stand: its destination channel's, and of each place of the window the tap, or -1.
/// </summary>
internal readonly record struct TapRow(int Offset, System.Collections.Immutable.ImmutableArray<int> Taps);
