using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Kernels;

namespace Upstride.Algorithms.Winograd;

/// <summary>
/// The weights in the transformed domain, in the order in which the register tiles read them: [group][tile][frequency][source
/// channel][window that counts there][row].
/// </summary>
internal static unsafe class WinogradWeights
{
    public static void Pack<T>(WinogradSchedule schedule, ReadOnlySpan<T> weight, AlignedBuffer<T> packed)
        where T : unmanaged, INumber<T>
    {
        PolyphaseProblem problem = schedule.Problem;
        int rows = 0;
        foreach (ChannelChunk chunk in schedule.Chunks)
            foreach (RowTile tile in chunk.Tiles) rows = Math.Max(rows, tile.Rows);
        var scratch = new Scratch<T>(schedule, rows);
        fixed (T* weights = weight)
        {
            for (int group = 0; group < problem.Groups; group++)
            foreach (ChannelChunk chunk in schedule.Chunks)
            {
                int firstOfSet = 0;
                for (int s = 0; s < schedule.Sets.Length; s++)
                {
                    if (schedule.PhaseRowGroups.Any(part => part.Start == s)) firstOfSet = 0;
                    foreach (RowTile tile in chunk.Tiles)
                    {
                        if (tile.Set != s) continue;
                        PackTile(
                            schedule, chunk, tile, tile.FirstRow - firstOfSet, weights + (long)group * problem.WeightOfGroup,
                            packed.Start + group * schedule.WeightsPerGroup + tile.WeightOffset, scratch);
                    }
                    firstOfSet += schedule.Sets[s].Phases.Members.Length * chunk.Channels;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTile<T>(WinogradSchedule schedule, ChannelChunk chunk, RowTile tile, int firstRow, T* weight, T* packed,
        Scratch<T> scratch)
        where T : unmanaged, INumber<T>
    {
        PolyphaseProblem problem = schedule.Problem;
        WinogradSet set = schedule.Sets[tile.Set];
        (int taps1, int taps2) = (set.Window1.Taps, set.Window2.Taps);
        int channels = problem.SourceChannels, taps = taps1 * taps2;
        WinogradFrequencies windows = set.Frequencies;
        (int a1, int a2) = (set.Window1.Alpha, set.Window2.Alpha);
        (T[,] g1, T[,] g2) = (scratch.Matrix(a1, taps1), scratch.Matrix(a2, taps2));

        int[] entriesBefore = new int[a1 * a2];
        for (int e = 0; e < set.Entries.Length; e++)
        {
            int[] places = TapPlaces.Of(problem, chunk, tile.Rows, firstRow, set.Entries[e].Taps, taps);
            for (int first = 0; first < channels; first += Scratch<T>.Channels)
            {
                // Each tap of the window as a plane [source channel][row], so that the transform is sums of planes.
                int here = Math.Min(Scratch<T>.Channels, channels - first), plane = here * tile.Rows;
                for (int place = 0; place < taps; place++)
                {
                    PlaceGather.Run(
                        weight + (long)first * problem.WeightOfSource, problem.WeightOfSource,
                        places.AsSpan(place * tile.Rows, tile.Rows), scratch.Taps.Start + (nint)place * plane, tile.Rows, here);
                }

                // Axis 2, then axis 1: [place 1][place 2] to [place 1][frequency 2] to [frequency 1][frequency 2].
                for (int p1 = 0; p1 < taps1; p1++)
                    for (int f2 = 0; f2 < a2; f2++)
                        LinearCombination.Run(g2, f2, scratch.Taps.Start + (long)p1 * taps2 * plane, plane, taps2,
                            scratch.Half.Start + (long)(p1 * a2 + f2) * plane, plane);
                for (int f1 = 0; f1 < a1; f1++)
                for (int f2 = 0; f2 < a2; f2++)
                {
                    // At each frequency the windows that count there are in the order of their numbers.
                    int frequency = f1 * a2 + f2, entries = windows.Entries[frequency].Length, entry = entriesBefore[frequency];
                    if (entry == entries || windows.Entries[frequency][entry] != e) continue;

                    // With one window the tile's rows stand one channel after the other, as the planes have them.
                    T* to = packed + ((long)windows.Starts[frequency] * channels + (long)first * entries + entry) * tile.Rows;
                    T* whole = entries == 1 ? to : scratch.Taps.Start;
                    LinearCombination.Run(g1, f1, scratch.Half.Start + (long)f2 * plane, (long)a2 * plane, taps1, whole, plane);
                    if (entries > 1) PlaneCopy.Run(whole, tile.Rows, to, (nint)entries * tile.Rows, here, tile.Rows);
                }
            }
            for (int frequency = 0; frequency < entriesBefore.Length; frequency++)
            {
                ImmutableArray<int> counted = windows.Entries[frequency];
                int entry = entriesBefore[frequency];
                if (entry < counted.Length && counted[entry] == e) entriesBefore[frequency]++;
            }
        }
    }

    private sealed class Scratch<T>
        where T : unmanaged, INumber<T>
    {
        /// <summary>Source channels that are transformed at once: their planes stay in the first cache.</summary>
        public const int Channels = 64;

        private readonly Dictionary<(int Alpha, int Taps), T[,]> _matrices = [];

        public Scratch(WinogradSchedule schedule, int rows)
        {
            int taps = schedule.Sets.Max(static set => set.Window1.Taps * set.Window2.Taps),
                half = schedule.Sets.Max(static set => set.Window1.Taps * set.Window2.Alpha);
            long plane = (long)Math.Min(Channels, schedule.Problem.SourceChannels) * rows;
            Taps = new(plane * taps);
            Half = new(plane * half);
        }

        public AlignedBuffer<T> Taps { get; }

        public AlignedBuffer<T> Half { get; }

        public T[,] Matrix(int alpha, int taps)
        {
            if (_matrices.TryGetValue((alpha, taps), out T[,]? known)) return known;
            double[,] exact = WinogradKernels.WeightMatrix(alpha, taps);
            var matrix = new T[alpha, taps];
            for (int k = 0; k < alpha; k++)
                for (int tap = 0; tap < taps; tap++) matrix[k, tap] = T.CreateChecked(exact[k, tap]);
            return _matrices[(alpha, taps)] = matrix;
        }
    }
}
