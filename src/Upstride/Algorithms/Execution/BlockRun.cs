using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;

namespace Upstride.Algorithms.Execution;

/// <summary>What the runs of one convolution by blocks share; none of it changes.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Shape">How the destination is divided into blocks.</param>
/// <param name="PhaseGroups">Groups of neighbouring sets of phases: each is computed from a packed block of its own.</param>
/// <param name="Chunks">The destination channels of a group, in chunks.</param>
/// <param name="Partition">The items of work.</param>
/// <param name="Writer">Writes what a chunk's products are.</param>
internal sealed record BlockRunPlan<T>(
    PolyphaseProblem Problem, IBlockShape Shape, ImmutableArray<Interval> PhaseGroups, ImmutableArray<ChannelChunk> Chunks,
    WorkPartition Partition, BlockWriter<T> Writer)
    where T : unmanaged, INumber<T>;

/// <summary>
/// A run block by block: a block of the source is packed, a chunk of channels is multiplied by it, and the results are interleaved and
/// written. A block stays packed for all chunks that one thread takes in turn.
/// </summary>
/// <param name="plan">What all runs share.</param>
/// <param name="workspaceLength">Elements of each thread's workspace.</param>
internal abstract unsafe class BlockRun<T>(BlockRunPlan<T> plan, long workspaceLength)
    : TensorRun<T>(plan.Partition.Threads, workspaceLength)
    where T : unmanaged, INumber<T>
{
    // For each thread the number of the packed block in its workspace; -1 for none of this run's.
    private readonly int[] _packedBlock = new int[plan.Partition.Threads];
    private readonly OutputRows<T>?[] _rows = new OutputRows<T>?[plan.Partition.Threads];

    protected override int Items => plan.Partition.Items;

    protected override void Begin() => Array.Fill(_packedBlock, -1);

    protected override void Execute(int item, int worker)
    {
        // What is packed is one block, of one group of channels, for one group of phases.
        (int packed, int firstChunk, int endChunk) = plan.Partition.Of(item, plan.Chunks.Length);
        (int rest, int phaseGroup) = Math.DivRem(packed, plan.PhaseGroups.Length);
        (int block, int group) = Math.DivRem(rest, plan.Problem.Groups);
        Interval sets = plan.PhaseGroups[phaseGroup];
        BlockOrigin origin = new(plan.Problem, plan.Shape, block);
        T* workspace = WorkspaceOf(worker);
        if (_packedBlock[worker] != packed) Pack(origin, group, sets, workspace);
        _packedBlock[worker] = packed;
        for (int c = firstChunk; c < endChunk; c++)
        {
            ChannelChunk chunk = plan.Chunks[c];
            Multiply(origin, group, chunk, sets, workspace);
            plan.Writer.Write(
                _rows[worker] ??= plan.Writer.CreateRows(), origin, group * plan.Problem.DestinationChannels + chunk.FirstChannel,
                chunk.Channels, sets, Results(workspace), Destination, Right);
        }
    }

    /// <summary>Packs a block of the source into a workspace.</summary>
    /// <param name="origin">The block.</param>
    /// <param name="group">The group of channels.</param>
    /// <param name="sets">The sets of phases that it is packed for.</param>
    /// <param name="workspace">The thread's.</param>
    protected abstract void Pack(in BlockOrigin origin, int group, Interval sets, T* workspace);

    /// <summary>Multiplies a chunk of channels by the packed block.</summary>
    /// <param name="origin">The block.</param>
    /// <param name="group">The group of channels.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="sets">The sets of phases that the block is packed for.</param>
    /// <param name="workspace">The thread's.</param>
    protected abstract void Multiply(in BlockOrigin origin, int group, ChannelChunk chunk, Interval sets, T* workspace);

    /// <summary>The results of a chunk in a workspace.</summary>
    protected abstract T* Results(T* workspace);
}
