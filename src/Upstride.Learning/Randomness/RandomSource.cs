using System.Numerics;

namespace Upstride.Learning.Randomness;

/// <summary>Random numbers that follow from a seed alone: the same seed gives the same bits on every machine and version.</summary>
/// <remarks>
/// xoshiro256**, period 2^256 - 1, seeded by SplitMix64. Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators",
/// 2021. Normal numbers alone use the platform's logarithm, whose last bit may differ between operating systems.
/// Not for secrets; not for two threads at once: give each task its own source, by <see cref="For"/>.
/// </remarks>
public sealed class RandomSource
{
    private ulong _a, _b, _c, _d;

    /// <param name="seed">Any number; neighbours give unrelated sequences.</param>
    public RandomSource(long seed)
    {
        ulong mixer = (ulong)seed;
        _a = SplitMix64.Next(ref mixer);
        _b = SplitMix64.Next(ref mixer);
        _c = SplitMix64.Next(ref mixer);
        _d = SplitMix64.Next(ref mixer);
    }

    /// <param name="state">From <see cref="State"/>.</param>
    /// <exception cref="ArgumentException">The state is all zero.</exception>
    public RandomSource(RandomState state) => State = state;

    /// <summary>All that decides what comes next: setting it to an earlier value repeats what came after that.</summary>
    /// <exception cref="ArgumentException">The state is all zero.</exception>
    public RandomState State
    {
        get => new(_a, _b, _c, _d);
        set
        {
            if (value == default)
                throw new ArgumentException("state = 0, 0, 0, 0, from which only zeros follow: take it from RandomSource.State",
                    nameof(value));
            (_a, _b, _c, _d) = (value.A, value.B, value.C, value.D);
        }
    }

    /// <summary>The source of one task among many, without a state to hand on: patch 7 of step 1000 is For(seed, 1000, 7) at any time and
    /// on
    /// any thread.</summary>
    /// <param name="seed">The seed of the whole.</param>
    /// <param name="stream">Integers that name the task; their order and number matter. None gives the source of the seed itself.</param>
    public static RandomSource For(long seed, params ReadOnlySpan<long> stream)
    {
        ulong mixed = (ulong)seed;
        foreach (long part in stream) mixed = SplitMix64.Next(ref mixed) ^ (ulong)part;
        return new RandomSource((long)mixed);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number in [0, 1), a multiple of 2^-53, each as likely.</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number in [minimum, maximum); rounding may reach the maximum.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not minimum &lt;= maximum, or their difference is not finite.</exception>
    public double NextUniform(double minimum, double maximum)
    {
        CheckRange(minimum, maximum);
        return minimum + (maximum - minimum) * NextUniform();
    }

    /// <summary>A number of the normal distribution of mean 0 and standard deviation 1.</summary>
    /// <remarks>
    /// Marsaglia's polar method. The second number of each pair is dropped, so that <see cref="State"/> stays the whole state.
    /// </remarks>
    public double NextNormal()
    {
        double x, squared;
        do
        {
            x = 2 * NextUniform() - 1;
            double y = 2 * NextUniform() - 1;
            squared = x * x + y * y;
        }
        while (squared is >= 1 or 0);
        return x * Math.Sqrt(-2 * Math.Log(squared) / squared);
    }

    /// <summary>A number of the normal distribution.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is negative or not a number.</exception>
    public double NextNormal(double mean, double deviation)
    {
        CheckDeviation(deviation);
        return mean + deviation * NextNormal();
    }

    /// <summary>An integer in [0, bound), each exactly as likely.</summary>
    /// <remarks>Source: Lemire, "Fast Random Integer Generation in an Interval", 2019.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt(int bound)
    {
        if (bound < 1)
            throw new ArgumentOutOfRangeException(nameof(bound), bound,
                $"bound = {bound}, and must be at least 1: the numbers are 0 to bound - 1");
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextBits(), range, out ulong low);
        if (low < range)
        {
            // 2^64 mod bound products would fall one too many on some results: those are drawn again.
            ulong surplus = (0 - range) % range;
            while (low < surplus) high = Math.BigMul(NextBits(), range, out low);
        }
        return (int)high;
    }

    /// <summary>Brings the items into a random order, each order as likely.</summary>
    public void Shuffle<TItem>(Span<TItem> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int chosen = NextInt(last + 1);
            (items[last], items[chosen]) = (items[chosen], items[last]);
        }
    }

    /// <summary>Draws every element from [minimum, maximum); rounding to <typeparamref name="T"/> may reach the maximum.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not minimum &lt;= maximum, or their difference is not finite.</exception>
    public void FillUniform<T>(double minimum, double maximum, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckRange(minimum, maximum);
        foreach (ref T element in destination) element = T.CreateTruncating(minimum + (maximum - minimum) * NextUniform());
    }

    /// <summary>Draws every element from the normal distribution.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is negative or not a number.</exception>
    public void FillNormal<T>(double mean, double deviation, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckDeviation(deviation);
        foreach (ref T element in destination) element = T.CreateTruncating(mean + deviation * NextNormal());
    }

    private static void CheckRange(double minimum, double maximum)
    {
        if (!(minimum <= maximum) || !double.IsFinite(maximum - minimum))
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum,
                $"minimum = {minimum} and maximum = {maximum}: both must be finite with minimum <= maximum");
    }

    private static void CheckDeviation(double deviation)
    {
        if (!(deviation >= 0))
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, $"deviation = {deviation}, and must be at least 0");
    }
}
