using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Buffers;

/// <summary>sum += term, in place.</summary>
internal sealed class Accumulation<T>(Variable<T> sum, Variable<T> term) : IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public void Run(BlockRunner runner) => runner.Run(this, BlockRunner.CountFor(sum.Length));

    public void RunBlock(int block)
    {
        int start = block * BlockRunner.BlockLength, length = Math.Min(BlockRunner.BlockLength, sum.Length - start);
        Span<T> destination = sum.Elements.Slice(start, length);
        TensorPrimitives.Add<T>(destination, term.Elements.Slice(start, length), destination);
    }
}
