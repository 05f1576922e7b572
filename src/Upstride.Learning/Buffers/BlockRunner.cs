using Upstride.Threading;

namespace Upstride.Learning.Buffers;

/// <summary>Work in blocks that do not depend on each other nor on the number of threads.</summary>
internal interface IBlocks
{
    /// <summary>Does block number <paramref name="block"/>.</summary>
    void RunBlock(int block);
}

/// <summary>Shares blocks out among threads.</summary>
internal sealed class BlockRunner(int threads) : ParallelWork(threads)
{
    /// <summary>Elements of a block: long enough that the handing out costs nothing, short enough to stay in a core's own cache.</summary>
    public const int BlockLength = 16384;

    // Waking a helper takes some microseconds: as long as a core takes for about three blocks.
    private const int FewestShared = 4;
    private IBlocks? _work;

    /// <summary>The number of blocks of a tensor.</summary>
    public static int CountFor(int length) => length / BlockLength + (length % BlockLength > 0 ? 1 : 0);

    /// <summary>Does all blocks.</summary>
    public void Run(IBlocks work, int blocks)
    {
        if (blocks < FewestShared)
        {
            for (int block = 0; block < blocks; block++) work.RunBlock(block);
            return;
        }
        _work = work;
        RunAll(blocks);
        _work = null;
    }

    protected override void Execute(int item, int worker) => _work!.RunBlock(item);
}
