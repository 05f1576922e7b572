namespace Upstride.Imaging;

/// <summary>One sample between its stored form and the unit range [0, 1].</summary>
internal static class SampleValue
{
    public static float ToUnit(byte sample) => sample / 255f;

    public static float ToUnit(ushort sample) => sample / 65535f;

    public static byte ToUInt8(float unit) => (byte)RoundClipped(unit * 255f, 255f);

    public static ushort ToUInt16(float unit) => (ushort)RoundClipped(unit * 65535f, 65535f);

    /// <summary>Nearest integer in 0..<paramref name="full"/>, halves up; NaN gives 0.</summary>
    // The fraction is compared with one half exactly: adding 0.5 first would round 0.49999997 up to 1.
    private static int RoundClipped(float value, float full)
    {
        if (!(value > 0)) return 0;
        if (value >= full) return (int)full;
        int floor = (int)value;
        return value - floor >= 0.5f ? floor + 1 : floor;
    }
}
