namespace Upstride.Imaging.Jpeg;

/// <summary>The quality that quantisation tables are called by.</summary>
/// <remarks>Source: the Independent JPEG Group's library multiplies the table that ITU-T T.81 gives as an example by what follows from the
/// quality.</remarks>
internal static class JpegQuality
{
    // T.81, table K.1, row by row.
    private static ReadOnlySpan<byte> Luma =>
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ];

    /// <summary>The quality, 1 to 100, whose table is nearest to one in the sum of its steps.</summary>
    /// <param name="sum">Of the 64 steps.</param>
    public static int Of(int sum) => Enumerable.Range(1, 100).MinBy(quality => Math.Abs(SumAt(quality) - sum));

    private static int SumAt(int quality)
    {
        int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality, sum = 0;
        foreach (byte step in Luma) sum += Math.Clamp((step * percent + 50) / 100, 1, 255);
        return sum;
    }
}
