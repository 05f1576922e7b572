using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>An operation whose result is made in blocks of elements, each from the same elements of the operands.</summary>
internal abstract class Elementwise<T> : Operation<T>, IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected Elementwise(params Variable<T>[] inputs)
        : base(inputs)
    {
    }

    protected Elementwise(Tape<T> tape, params Variable<T>[] inputs)
        : base(tape, inputs)
    {
    }

    public void RunBlock(int block)
    {
        int start = block * BlockRunner.BlockLength;
        int length = Math.Min(BlockRunner.BlockLength, Output.Length - start);
        Compute(start, Output.Elements.Slice(start, length));
    }

    protected Variable<T> Run(ImmutableArray<nint> shape)
    {
        Output = Tape.Result(this, shape);
        Tape.Runner.Run(this, BlockRunner.CountFor(Output.Length));
        return Output;
    }

    /// <summary>Writes elements <paramref name="start"/> and following of the result.</summary>
    protected abstract void Compute(int start, Span<T> destination);

    /// <summary>The elements of an operand that belong to a piece of the result.</summary>
    protected ReadOnlySpan<T> Piece(int input, int start, int length) => Inputs[input].Elements.Slice(start, length);
}
