using Upstride.Geometry;

namespace Upstride.Algorithms.Blocks;

/// <summary>Rules for the sizes of blocks.</summary>
internal static class BlockSizes
{
    /// <summary>The j that blocks divide: each phase's own, or the union of all.</summary>
    public static int Length(PolyphaseAxis axis, bool relative) => relative ? axis.Longest : axis.End - axis.First;

    /// <summary>Elements of the source that a block of one j reads beside one.</summary>
    public static int Halo(PolyphaseAxis axis, bool relative) => axis.Span - 1 + (relative ? axis.Spread : 0);

    /// <summary>The largest even part of <paramref name="most"/> that fits; 1 where none does.</summary>
    public static int Largest(int most, Func<int, bool> fits)
    {
        int parts = 1;
        while (parts < most && !fits(Integers.DivideUp(most, parts))) parts++;
        return Integers.DivideUp(most, parts);
    }

    /// <summary>
    /// Whole vectors, and never a multiple of 4 KB in floats, so that neighbouring rows do not compete for the same sets of the cache.
    /// </summary>
    public static long Spread(long length, int lanes)
    {
        long spread = Integers.RoundUp(length, lanes);
        return spread % 1024 == 0 ? spread + lanes : spread;
    }
}
