using Upstride.Learning.Randomness;

namespace Upstride.Models.Data;

/// <summary>
/// Draws each step's patches while the step before it is computed. What a step gets follows from the seed and the step's number alone, so
/// that the place in the data is that number, and a run that continues at a step sees what it would have seen. Of several scales each has
/// its turn.
/// </summary>
public sealed class PatchLoader : IDisposable
{
    // Keeps the draws of patches apart from a run's other draws under the same seed.
    private const long Stream = 1;

    private readonly PatchSet _patches;
    private readonly long _seed;
    private readonly int _count;
    private Task<PatchBatch>? _next;
    private long _nextStep;

    // Of each scale two batches: one is computed with while the other is drawn.
    private readonly (PatchBatch One, PatchBatch Other)[] _batches;
    private PatchBatch? _current;

    /// <param name="patches">Where patches are drawn from.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="count">Patches of one step.</param>
    public PatchLoader(PatchSet patches, long seed, int count)
    {
        ArgumentNullException.ThrowIfNull(patches);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _patches = patches;
        _seed = seed;
        _count = count;
        _batches = [.. patches.Scales.Select(scale => (Empty(scale), Empty(scale)))];

        PatchBatch Empty(int scale) => new(-1, new float[checked(count * SmallLength(scale))], new float[checked(count * LargeLength)]);
    }

    private int SmallLength(int scale) => LargeLength / (scale * scale);

    private int LargeLength => _patches.Patch * _patches.Scale * _patches.Patch * _patches.Scale;

    /// <summary>The patches of a step. The arrays hold until the next call.</summary>
    /// <param name="step">Any step; the one after the last is there at once.</param>
    public PatchBatch Take(long step)
    {
        PatchBatch? drawn = _next?.GetAwaiter().GetResult();
        _current = drawn is not null && _nextStep == step ? drawn : Draw(Spare(step), step);
        _nextStep = step + 1;
        PatchBatch into = Spare(step + 1);
        _next = Task.Run(() => Draw(into, step + 1));
        return _current;
    }

    private int ScaleAt(long step) => (int)(step % _batches.Length);

    private PatchBatch Spare(long step)
    {
        (PatchBatch one, PatchBatch other) = _batches[ScaleAt(step)];
        return ReferenceEquals(one.Small, _current?.Small) ? other : one;
    }

    /// <summary>Waits for what is being drawn.</summary>
    public void Dispose() => _next?.Wait();

    private PatchBatch Draw(PatchBatch into, long step)
    {
        int scale = _patches.Scales[ScaleAt(step)], length = SmallLength(scale);
        for (int i = 0; i < _count; i++)
            _patches.Draw(RandomSource.For(_seed, Stream, step, i), scale, into.Small.AsSpan(i * length, length),
                into.Large.AsSpan(i * LargeLength, LargeLength));
        return into with { Step = step };
    }
}
