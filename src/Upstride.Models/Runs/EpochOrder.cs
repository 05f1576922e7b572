using Upstride.Learning.Randomness;

namespace Upstride.Models.Runs;

/// <summary>
/// Which item each draw of a run gets: every epoch goes through all of them, in an order of its own that follows from the seed, the stream
/// and the epoch's number alone.
/// </summary>
/// <param name="count">How many items.</param>
/// <param name="seed">The seed of the run.</param>
/// <param name="stream">Keeps the order apart from a run's other draws under the same seed.</param>
internal sealed class EpochOrder(int count, long seed, long stream)
{
    private readonly int[] _order = new int[count];
    private long _epoch = -1;

    /// <summary>The item of a draw.</summary>
    /// <param name="draw">From 0.</param>
    public int this[long draw]
    {
        get
        {
            if (draw / count != _epoch)
            {
                _epoch = draw / count;
                for (int i = 0; i < count; i++) _order[i] = i;
                RandomSource.For(seed, stream, _epoch).Shuffle(_order.AsSpan());
            }
            return _order[draw % count];
        }
    }
}
