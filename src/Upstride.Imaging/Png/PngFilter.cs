using System.Numerics;
using System.Runtime.InteropServices;

namespace Upstride.Imaging.Png;

/// <summary>PNG's five row filters (PNG specification, 9.2): a byte is stored as its difference, modulo 256, from a guess
/// made of a = the byte one pixel to the left, b = the byte above, c = the byte above a.</summary>
/// <remarks>For every method: rows are equally long, the row above the first is all zero, and
/// 1 &lt;= distance (bytes of a pixel); bytes to the left of the row count as zero.</remarks>
internal static class PngFilter
{
    /// <summary>The most bytes of a row that are filtered at a time, so that the differences of a wide row take no memory.</summary>
    public const int Segment = 1 << 16;

    public const int None = 0, Sub = 1, Up = 2, Average = 3, Paeth = 4, Count = 5;

    /// <summary>Turns differences back into bytes, in place.</summary>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        above = above[..row.Length];
        int first = Math.Min(distance, row.Length);
        switch (filter)
        {
            case Sub:
                for (int i = first; i < row.Length; i++) row[i] += row[i - distance];
                break;
            case Up:
                AddRows(row, above);
                break;
            case Average:
                for (int i = 0; i < first; i++) row[i] += (byte)(above[i] >> 1);
                for (int i = first; i < row.Length; i++) row[i] += (byte)((row[i - distance] + above[i]) >> 1);
                break;
            case Paeth:
                for (int i = 0; i < first; i++) row[i] += above[i];
                for (int i = first; i < row.Length; i++) row[i] += Guess(row[i - distance], above[i], above[i - distance]);
                break;
        }
    }

    /// <summary>Writes the differences of a part of <paramref name="row"/>, from the byte <paramref name="start"/> on, to
    /// <paramref name="destination"/>, which is as long as the part.</summary>
    public static void Apply(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, int start, Span<byte> destination)
    {
        int end = start + destination.Length;
        above = above[..row.Length];

        // Bytes to the left of the row count as zero, which the first pixel alone has.
        for (; start < end && start < distance; start++, destination = destination[1..])
            destination[0] = (byte)(row[start] - filter switch { Up or Paeth => above[start], Average => above[start] >> 1, _ => 0 });
        ReadOnlySpan<byte> here = row[start..end], up = above[start..end];
        ReadOnlySpan<byte> left = start < end ? row[(start - distance)..(end - distance)] : [];
        ReadOnlySpan<byte> upLeft = start < end ? above[(start - distance)..(end - distance)] : [];
        switch (filter)
        {
            case Sub:
                Subtract(here, left, destination);
                break;
            case Up:
                Subtract(here, up, destination);
                break;
            case Average:
                for (int i = 0; i < here.Length; i++) destination[i] = (byte)(here[i] - ((left[i] + up[i]) >> 1));
                break;
            case Paeth:
                for (int i = 0; i < here.Length; i++) destination[i] = (byte)(here[i] - Guess(left[i], up[i], upLeft[i]));
                break;
            default:
                here.CopyTo(destination);
                break;
        }
    }

    /// <summary>The sum of differences' distances from zero, as signed bytes: the less, the better they compress.</summary>
    public static long Cost(ReadOnlySpan<byte> differences)
    {
        long cost = 0;
        foreach (byte difference in differences) cost += Math.Min((int)difference, 256 - difference);
        return cost;
    }

    // Paeth's predictor: whichever of a, b, c is nearest to a + b - c; ties in that order.
    private static byte Guess(int a, int b, int c)
    {
        int toA = Math.Abs(b - c), toB = Math.Abs(a - c), toC = Math.Abs(a + b - 2 * c);
        return (byte)(toA <= toB && toA <= toC ? a : toB <= toC ? b : c);
    }

    private static void Subtract(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> destination)
    {
        int i = 0;
        for (; i <= a.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(a[i..]) - new Vector<byte>(b[i..])).CopyTo(destination[i..]);
        for (; i < a.Length; i++) destination[i] = (byte)(a[i] - b[i]);
    }

    private static void AddRows(Span<byte> row, ReadOnlySpan<byte> above)
    {
        Span<Vector<byte>> wide = MemoryMarshal.Cast<byte, Vector<byte>>(row);
        ReadOnlySpan<Vector<byte>> wideAbove = MemoryMarshal.Cast<byte, Vector<byte>>(above);
        for (int i = 0; i < wide.Length; i++) wide[i] += wideAbove[i];
        for (int i = wide.Length * Vector<byte>.Count; i < row.Length; i++) row[i] += above[i];
    }
}
