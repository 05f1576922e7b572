namespace Upstride.Explain.Computing;

/// <summary>The generator SplitMix64 (Steele, Lea, Flood, 2014): the same numbers on every machine.</summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>An integer of -<paramref name="limit"/> .. <paramref name="limit"/>.</summary>
    public int Integer(int limit) => (int)(Next() % (ulong)(2 * limit + 1)) - limit;

    /// <summary>A number of [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));
}
