using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>Arranges the matrix of an axis for vectors, where what lies within that axis is shorter than a vector.</summary>
internal static class LaneArrangement
{
    // A block of more vectors than this gains less by filling its last one than its tables take of the cache.
    private const int MostVectors = 16;

    /// <summary>The arrangement, or null where a vector of outputs needs more than two vectors of inputs, or there are too few rows to fill one.</summary>
    /// <param name="matrix">The axis.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="inner">Elements within the axis, which go with it: the matrix multiplies each alike.</param>
    /// <param name="outer">How many rows there are.</param>
    /// <param name="width">The widest vectors to use; narrower ones where the rows do not fill them.</param>
    public static LaneTaps<T>? TryCreate<T>(ResizeTaps matrix, T[] weights, int inner, int outer, SimdWidth width) where T : unmanaged, INumber<T>
    {
        foreach (SimdWidth narrower in (ReadOnlySpan<SimdWidth>)[SimdWidth.Bits512, SimdWidth.Bits256, SimdWidth.Bits128])
        {
            int lanes = Resample.Lanes<T>(narrower);
            if (narrower > width || lanes == 1 || inner >= lanes) continue;
            if (Rows(matrix.Input * inner, matrix.Output * inner, outer, lanes) is not { } rows) continue;
            var block = new Block<T>(matrix, weights, inner, rows, lanes);
            if (block.Arrange(narrower, vectors: 1) is { } one) return one;
            if (block.Arrange(narrower, vectors: 2) is { } two) return two;
        }
        return null;
    }

    // As few rows as fill a vector on both sides, or some more where that leaves less of the last vector over.
    private static int? Rows(int n, int m, int outer, int lanes)
    {
        int least = (lanes + Math.Min(n, m) - 1) / Math.Max(1, Math.Min(n, m));
        if (n == 0 || m == 0 || least > outer) return null;
        int best = least;
        for (int rows = least + 1; rows <= Math.Min(outer, 2 * lanes) && (long)rows * m <= MostVectors * lanes; rows++)
            if (Waste(rows) < 0.95 * Waste(best)) best = rows;
        return best;

        double Waste(int rows) => Math.Ceiling((double)rows * m / lanes) / rows;
    }

    private sealed class Block<T>(ResizeTaps matrix, T[] weights, int inner, int rows, int lanes) where T : unmanaged, INumber<T>
    {
        private readonly int _input = rows * matrix.Input * inner;
        private readonly int _output = rows * matrix.Output * inner;
        private readonly List<int> _starts = [], _offsets = [0], _lows = [], _highs = [];
        private readonly List<T> _indices = [], _weights = [];

        /// <summary>The arrangement, or null where a tap of a group lies in more vectors than that.</summary>
        public LaneTaps<T>? Arrange(SimdWidth width, int vectors)
        {
            _starts.Clear();
            _offsets.RemoveRange(1, _offsets.Count - 1);
            _lows.Clear();
            _highs.Clear();
            _indices.Clear();
            _weights.Clear();
            for (int start = 0; start < _output; start += lanes)
            {
                // The last group ends with the block.
                int at = Math.Min(start, _output - lanes), taps = Math.Max(1, Enumerable.Range(at, lanes).Max(Count));
                _starts.Add(at);
                for (int tap = 0; tap < taps; tap++)
                    if (!TryAdd(at, tap, vectors)) return null;
                _offsets.Add(_lows.Count);
            }
            return new()
            {
                Width = width,
                Rows = rows,
                RowLength = matrix.Input * inner,
                ProductLength = matrix.Output * inner,
                Starts = [.. _starts],
                Offsets = [.. _offsets],
                Lows = [.. _lows],
                Highs = vectors == 1 ? [] : [.. _highs],
                Indices = [.. _indices],
                Weights = [.. _weights],
                Beginning = matrix.IsSelection ? -T.Zero : T.Zero,
            };
        }

        private bool TryAdd(int start, int tap, int vectors)
        {
            int least = int.MaxValue, most = 0;
            for (int place = start; place < start + lanes; place++)
            {
                if (tap >= Count(place)) continue;
                least = Math.Min(least, PlaceOf(place, tap));
                most = Math.Max(most, PlaceOf(place, tap));
            }
            int low = Math.Min(least, _input - lanes), high = Math.Min(low + lanes, _input - lanes);
            if (least != int.MaxValue && most >= (vectors == 1 ? low : high) + lanes) return false;
            _lows.Add(low);
            _highs.Add(high);
            for (int place = start; place < start + lanes; place++)
            {
                bool there = tap < Count(place);
                int index = !there ? -1 : PlaceOf(place, tap) - low;
                if (index >= lanes) index = lanes + PlaceOf(place, tap) - high;
                _indices.Add(Bits(index));
                _weights.Add(there ? weights[matrix.Offsets[Output(place)] + tap] : -T.Zero);
            }
            return true;
        }

        private int Output(int place) => place / inner % matrix.Output;

        private int Count(int place) => matrix.Offsets[Output(place) + 1] - matrix.Offsets[Output(place)];

        private int PlaceOf(int place, int tap) => ((place / (inner * matrix.Output) * matrix.Input) + matrix.First[Output(place)] + tap) * inner + place % inner;

        private static unsafe T Bits(int index) => sizeof(T) == sizeof(int) ? Unsafe.BitCast<int, T>(index) : Unsafe.BitCast<long, T>(index);
    }
}
