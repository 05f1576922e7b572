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
        int firstRow = tile.FirstRow - schedule.FirstRow(tile.Set, chunk.Channels);

        // Of each source channel the same places.
        int[] places = TapPlaces.Of(problem, chunk, tile.Rows, firstRow, set.Taps, set.Offsets.Length);
        PlaceGather.Run(weight, problem.WeightOfSource, places, packed, places.Length, problem.SourceChannels);
    }
}
