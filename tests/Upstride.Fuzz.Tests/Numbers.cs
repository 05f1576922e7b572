namespace Upstride.Fuzz.Tests;

/// <summary>Numbers that limits are near to.</summary>
internal static class Numbers
{
    private static readonly long[] s_telling =
    [
        0, 1, 2, 3, 7, 8, 15, 16, 31, 64, 127, 128, 255, 256, 1000, 4096, 32767, 32768, 65535, 65536, 65537, 1 << 20, 16_777_217,
            1_000_000_000, 1L << 30,
        int.MaxValue - 1, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, long.MaxValue,
    ];

    /// <summary>Such a number, sometimes negative, and sometimes one near to what was there.</summary>
    public static long Next(Random random, long was = 0) => random.Next(4) switch
    {
        0 => unchecked(was + random.Next(-2, 3)),
        1 => -s_telling[random.Next(s_telling.Length)],
        _ => s_telling[random.Next(s_telling.Length)],
    };

    /// <summary>A copy with some bytes changed, taken out or put in.</summary>
    public static byte[] Scramble(byte[] bytes, Random random)
    {
        var list = new List<byte>(bytes);
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(list.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < list.Count: list[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < list.Count: list[at] = (byte)random.Next(256); break;
                case 2 when at < list.Count: list.RemoveRange(at, Math.Min(list.Count - at, random.Next(1, 9))); break;
                case 3: list.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                case 4 when at < list.Count && random.Next(4) == 0: list.RemoveRange(at, list.Count - at); break;
            }
        }
        return [.. list];
    }

    /// <summary>One of several.</summary>
    public static T Pick<T>(IReadOnlyList<T> items, Random random) => items[random.Next(items.Count)];
}
