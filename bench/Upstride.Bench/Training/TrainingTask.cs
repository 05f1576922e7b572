using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Training;

namespace Upstride.Bench.Training;

/// <summary>
/// What both contenders learn: an FSRCNN(56, 12, 4) with its first weights, and the batches that its steps take in turn, drawn from dead
/// leaves.
/// </summary>
internal sealed class TrainingTask
{
    private const long Seed = 1;

    public TrainingTask(int scale, int threads)
    {
        Settings = new() { Steps = long.MaxValue, Threads = threads, LearningRate = 1e-3, Seed = Seed };
        First = new(new(scale), new RandomSource(Seed));
        var patches = PatchSet.Create(new DeadLeaves(256, 256, Seed).CreateMany(4), scale, Settings.Patch);
        using var loader = new PatchLoader(patches, Seed, Settings.Batch);
        Batches = [.. Enumerable.Range(0, 8)
            .Select(step => loader.Take(step) is var batch ? batch with { Small = [.. batch.Small], Large = [.. batch.Large] } : batch)];
    }

    /// <summary>Batch, patch, rate and threads; the rate is constant.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>The network before the first step.</summary>
    public FsrcnnNetwork First { get; }

    /// <summary>The first step's, the second's, ..., and the first again after the last.</summary>
    public IReadOnlyList<PatchBatch> Batches { get; }

    /// <summary>What the row is called.</summary>
    public string Name => $"training step FSRCNN x{First.Settings.Scale}, {Settings.Batch} patches of {Settings.Patch}x{Settings.Patch}";
}
