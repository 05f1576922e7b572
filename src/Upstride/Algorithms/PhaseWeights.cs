using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>The weights in the order in which the register tiles read them: [group][tile][source channel][offset][row].</summary>
internal static unsafe class PhaseWeights
{
    public static AlignedBuffer<T> Pack<T>(PhaseSchedule schedule, ReadOnlySpan<T> weight)
        where T : unmanaged
    {
        WindowProblem problem = schedule.Problem;
        var packed = new AlignedBuffer<T>(schedule.WeightsPerGroup * problem.Groups);
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
        return packed;
    }

    private static void PackTile<T>(PhaseSchedule schedule, ChannelChunk chunk, RowTile tile, T* weight, T* packed)
        where T : unmanaged
    {
        WindowProblem problem = schedule.Problem;
        PhaseSet set = schedule.Sets[tile.Set];
        int offsets = set.Offsets.Length;
        int row = tile.FirstRow - schedule.FirstRowOf(tile.Set, chunk.Channels);
        for (int r = 0; r < tile.Rows; r++, row++)
        {
            var taps = set.Taps[row / chunk.Channels];
            T* channel = weight + (long)(chunk.FirstChannel + row % chunk.Channels) * problem.WeightOfDestination;
            for (int f = 0; f < offsets; f++)
            {
                T* destination = packed + f * tile.Rows + r;
                int tap = taps[f];
                nint step = (nint)offsets * tile.Rows;
                if (tap < 0) Rows.Clear(destination, step, problem.SourceChannels);
                else Rows.Copy(channel + tap, problem.WeightOfSource, destination, step, problem.SourceChannels);
            }
        }
    }
}
