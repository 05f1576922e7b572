using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>
/// An operation that sums over everything but the middle of a <see cref="Grouping"/>. The sum is taken in pieces and the pieces are summed
/// in pairs, by the shape alone: the error grows with the logarithm of the length, and the bits are the same for any number of threads.
/// </summary>
internal abstract class Reduction<T> : Operation<T>, IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int PieceLength = 4096;
    private const int MaxRowsOfPiece = 64;
    private PooledBuffer<T>? _partial;
    private readonly int _rows;
    private readonly int _pieces;
    private readonly int _pairs;

    protected Reduction(AxisGroups grouping, params Variable<T>[] inputs)
        : base(inputs)
    {
        Grouping = grouping;
        // Short rows of one place of the middle are added up one after another, long ones are cut.
        _rows = Math.Clamp(PieceLength / Math.Max(1, grouping.Inner), 1, MaxRowsOfPiece);
        _pieces = Math.Max(1, Integers.DivideUp(grouping.Inner, PieceLength));
        _pairs = Math.Max(1, BlockRunner.BlockLength / Math.Max(1, _rows * Math.Min(grouping.Inner, PieceLength)));
    }

    protected AxisGroups Grouping { get; }

    private int OuterBlocks => Integers.DivideUp(Grouping.Outer, _rows);

    private int Segments => Integers.DivideUp(Grouping.Middle * _pieces, _pairs);

    public void RunBlock(int block)
    {
        int outer = block / Segments, firstPair = block % Segments * _pairs;
        int pairs = Math.Min(_pairs, Grouping.Middle * _pieces - firstPair);
        Span<T> partial = _partial!.Span.Slice(outer * Grouping.Middle * _pieces + firstPair, pairs);
        partial.Clear();
        int end = Math.Min(Grouping.Outer, (outer + 1) * _rows);
        for (int row = outer * _rows; row < end; row++)
        {
            if (Grouping.Inner == 1)
            {
                AddColumns(row * Grouping.Middle + firstPair, firstPair, partial);
                continue;
            }
            for (int pair = 0; pair < pairs; pair++)
            {
                int middle = (firstPair + pair) / _pieces, piece = (firstPair + pair) % _pieces;
                int length = Math.Min(PieceLength, Grouping.Inner - piece * PieceLength);
                partial[pair] += Row((row * Grouping.Middle + middle) * Grouping.Inner + piece * PieceLength, length, middle);
            }
        }
    }

    protected Variable<T> Run(ImmutableArray<nint> shape)
    {
        Output = Tape.Result(this, shape);
        if (Grouping.Outer * Grouping.Inner == 0)
        {
            Output.Elements.Clear();
            return Output;
        }
        _partial = Tape.Buffers.Take(OuterBlocks * Grouping.Middle * _pieces);
        Tape.Runner.Run(this, OuterBlocks * Segments);
        for (int middle = 0; middle < Grouping.Middle; middle++)
            Output.Elements[middle] = SumInPairs(_partial.Span, middle, 0, OuterBlocks * _pieces);
        Tape.Buffers.Return(_partial);
        _partial = null;
        return Output;
    }

    /// <summary>The sum over a piece that belongs to one place of the middle.</summary>
    protected abstract T Row(int start, int length, int middle);

    /// <summary>Adds one element to each of some places of the middle, which lie side by side.</summary>
    protected virtual void AddColumns(int start, int middle, Span<T> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] += Row(start + i, 1, middle + i);
    }

    private T SumInPairs(ReadOnlySpan<T> partial, int middle, int first, int count)
    {
        if (count > 2)
        {
            int half = count / 2;
            return SumInPairs(partial, middle, first, half) + SumInPairs(partial, middle, first + half, count - half);
        }
        T sum = At(partial, middle, first);
        return count == 2 ? sum + At(partial, middle, first + 1) : sum;
    }

    private T At(ReadOnlySpan<T> partial, int middle, int index) =>
        partial[(index / _pieces * Grouping.Middle + middle) * _pieces + index % _pieces];
}
