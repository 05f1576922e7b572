using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>Arranges the matrix of an axis for vectors, where what lies within that axis is shorter than a vector.</summary>
internal static class ResizeLanes
{
    // A block of more vectors than this gains less by filling its last one than its tables take of the cache.
    private const int MaxVectors = 16;

    // Where an axis shrinks so much that a part gives fewer outputs than this, turning rows is faster.
    private const int OutputsOfPart = 4;

    /// <summary>
    /// The arrangement, or null where the inputs of a vector of outputs lie too far apart, or there are too few rows to fill one.
    /// </summary>
    /// <param name="matrix">The axis.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="inner">Elements within the axis, which go with it: the matrix multiplies each alike.</param>
    /// <param name="outer">How many rows there are.</param>
    /// <param name="width">The widest vectors to use; narrower ones where the rows do not fill them.</param>
    public static LaneTaps<T>? TryCreate<T>(ResizeTaps matrix, T[] weights, int inner, int outer, SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        foreach (SimdWidth narrower in (ReadOnlySpan<SimdWidth>)[SimdWidth.Bits512, SimdWidth.Bits256, SimdWidth.Bits128])
        {
            int lanes = Resample.Lanes<T>(narrower);
            if (narrower > width || lanes == 1 || inner >= lanes) continue;
            if (Rows(matrix.Input * inner, matrix.Output * inner, outer, lanes) is not { } rows) continue;
            var block = new Block<T>(matrix, weights, inner, rows, lanes);
            if (block.Arrange(narrower, vectors: 1, mostParts: 1) is { } one) return one;
            if (block.Arrange(narrower, vectors: 2, mostParts: Math.Max(1, lanes / OutputsOfPart)) is { } two) return two;
        }
        return null;
    }

    // As few rows as fill a vector on both sides, or some more where that leaves less of the last vector over.
    private static int? Rows(int n, int m, int outer, int lanes)
    {
        int least = (lanes + Math.Min(n, m) - 1) / Math.Max(1, Math.Min(n, m));
        if (n == 0 || m == 0 || least > outer) return null;
        int best = least;
        for (int rows = least + 1; rows <= Math.Min(outer, 2 * lanes) && (long)rows * m <= MaxVectors * lanes; rows++)
            if (Waste(rows) < 0.95 * Waste(best)) best = rows;
        return best;

        double Waste(int rows) => Math.Ceiling((double)rows * m / lanes) / rows;
    }

    private sealed class Block<T>(ResizeTaps matrix, T[] weights, int inner, int rows, int lanes) where T : unmanaged, INumber<T>
    {
        private readonly int _input = rows * matrix.Input * inner;
        private readonly int _output = rows * matrix.Output * inner;
        private readonly List<int> _starts = [], _offsets = [], _lows = [], _highs = [];
        private readonly List<T> _indices = [], _weights = [];

        // Of the outputs of one group: how many taps they have, where in the block the first of them lies, and which weight is its.
        private readonly int[] _counts = new int[lanes];
        private readonly int[] _places = new int[lanes];
        private readonly int[] _taps = new int[lanes];

        /// <summary>The arrangement, or null where taps of a group lie in more parts of so many vectors than are allowed.</summary>
        public LaneTaps<T>? Arrange(SimdWidth width, int vectors, int mostParts)
        {
            foreach (List<int> list in (ReadOnlySpan<List<int>>)[_starts, _offsets, _lows, _highs]) list.Clear();
            foreach (List<T> list in (ReadOnlySpan<List<T>>)[_indices, _weights]) list.Clear();
            _offsets.Add(0);
            for (int start = 0; start < _output; start += lanes)
            {
                // The last group ends with the block.
                int at = Math.Min(start, _output - lanes);
                ReadGroup(at);
                _starts.Add(at);
                for (int tap = 0; tap < Math.Max(1, _counts.Max()); tap++)
                    if (!TryAdd(tap, vectors, mostParts)) return null;
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

        private void ReadGroup(int start)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                (int place, int within) = Math.DivRem(start + lane, inner);
                (int row, int output) = Math.DivRem(place, matrix.Output);
                _taps[lane] = matrix.Offsets[output];
                _counts[lane] = matrix.Offsets[output + 1] - _taps[lane];
                _places[lane] = (row * matrix.Input + matrix.First[output]) * inner + within;
            }
        }

        // The outputs in reach of the vectors at the first of them are one part, those in reach from the next one on another.
        private bool TryAdd(int tap, int vectors, int mostParts)
        {
            int from = 0, parts = 0;
            do
            {
                if (++parts > mostParts) return false;
                int least = int.MaxValue, next = int.MaxValue;
                for (int lane = 0; lane < lanes; lane++)
                    if (tap < _counts[lane] && _places[lane] + tap * inner >= from) least = Math.Min(least, _places[lane] + tap * inner);
                int low = Math.Min(least, _input - lanes), high = Math.Min(low + lanes, _input - lanes),
                    end = (vectors == 1 ? low : high) + lanes;
                _lows.Add(low);
                _highs.Add(high);
                for (int lane = 0; lane < lanes; lane++)
                {
                    int place = _places[lane] + tap * inner;
                    bool isHere = tap < _counts[lane] && place >= from && place < end;
                    if (tap < _counts[lane] && place >= end) next = Math.Min(next, place);
                    _indices.Add(Bits(!isHere ? -1 : place < low + lanes ? place - low : lanes + place - high));
                    _weights.Add(isHere ? weights[_taps[lane] + tap] : -T.Zero);
                }
                from = next;
            }
            while (from != int.MaxValue);
            return true;
        }

        private static unsafe T Bits(int index) =>
            sizeof(T) == sizeof(int) ? Unsafe.BitCast<int, T>(index) : Unsafe.BitCast<long, T>(index);
    }
}
