using Upstride.Learning.Randomness;

namespace Upstride.Models.Data;

/// <summary>
/// Draws each step's patches while the step before it is computed. What a step gets follows from the seed and the step's number alone, so
/// that the place in the data is that number, and a run that continues at a step sees what it would have seen.
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

    // Two batches take turns: one is computed with while the other is drawn.
    private PatchBatch _current, _spare;

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
        _current = Empty();
        _spare = Empty();

        PatchBatch Empty() => new(-1, new float[checked(count * SmallLength)], new float[checked(count * LargeLength)]);
    }

    private int SmallLength => _patches.Patch * _patches.Patch;

    private int LargeLength => SmallLength * _patches.Scale * _patches.Scale;

    /// <summary>The patches of a step. The arrays hold until the next call.</summary>
    /// <param name="step">Any step; the one after the last is there at once.</param>
    public PatchBatch Take(long step)
    {
        PatchBatch? drawn = _next?.GetAwaiter().GetResult();
        PatchBatch batch = drawn is not null && _nextStep == step ? drawn : Draw(_spare, step);
        (_current, _spare) = (batch, _current);
        _nextStep = step + 1;
        PatchBatch into = _spare;
        _next = Task.Run(() => Draw(into, step + 1));
        return _current;
    }

    /// <summary>Waits for what is being drawn.</summary>
    public void Dispose() => _next?.Wait();

    private PatchBatch Draw(PatchBatch into, long step)
    {
        for (int i = 0; i < _count; i++)
            _patches.Draw(RandomSource.For(_seed, Stream, step, i), into.Small.AsSpan(i * SmallLength, SmallLength),
                into.Large.AsSpan(i * LargeLength, LargeLength));
        return into with { Step = step };
    }
}
