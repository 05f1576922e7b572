namespace Upstride.Learning.Randomness;

/// <summary>Turns any 64 bits, also 0 and successive integers, into bits that look random.</summary>
/// <remarks>Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014, with the constants of Vigna's
/// splitmix64, which he recommends for seeding xoshiro.</remarks>
internal static class SplitMix64
{
    // 2^64 divided by the golden ratio, made odd: its multiples visit every state.
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Advances the state and returns the next 64 bits.</summary>
    public static ulong Next(ref ulong state)
    {
        ulong z = state += Golden;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
