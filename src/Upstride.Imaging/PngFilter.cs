using System.Numerics;
using System.Runtime.InteropServices;

namespace Upstride.Imaging;

/// <summary>PNG's five row filters (PNG specification, 9.2): a byte is stored as its difference, modulo 256, from a guess
/// made of a = the byte one pixel to the left, b = the byte above, c = the byte above a.</summary>
/// <remarks>For every method: rows are equally long, the row above the first is all zero, and
/// 1 &lt;= distance (bytes of a pixel); bytes to the left of the row count as zero.</remarks>
internal static class PngFilter
{
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

    /// <summary>Writes the differences of <paramref name="row"/> to <paramref name="destination"/>, equally long.</summary>
    /// <returns>The sum of their distances from zero, as signed bytes: the less, the better they compress.</returns>
    public static long Apply(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> destination)
    {
        above = above[..row.Length];
        destination = destination[..row.Length];
        int first = Math.Min(distance, row.Length);
        switch (filter)
        {
            case Sub:
                row[..first].CopyTo(destination);
                for (int i = first; i < row.Length; i++) destination[i] = (byte)(row[i] - row[i - distance]);
                break;
            case Up:
                for (int i = 0; i < row.Length; i++) destination[i] = (byte)(row[i] - above[i]);
                break;
            case Average:
                for (int i = 0; i < first; i++) destination[i] = (byte)(row[i] - (above[i] >> 1));
                for (int i = first; i < row.Length; i++) destination[i] = (byte)(row[i] - ((row[i - distance] + above[i]) >> 1));
                break;
            case Paeth:
                for (int i = 0; i < first; i++) destination[i] = (byte)(row[i] - above[i]);
                for (int i = first; i < row.Length; i++)
                    destination[i] = (byte)(row[i] - Guess(row[i - distance], above[i], above[i - distance]));
                break;
            default:
                row.CopyTo(destination);
                break;
        }
        long cost = 0;
        foreach (byte difference in destination) cost += Math.Min((int)difference, 256 - difference);
        return cost;
    }

    // Paeth's predictor: whichever of a, b, c is nearest to a + b - c; ties in that order.
    private static byte Guess(int a, int b, int c)
    {
        int toA = Math.Abs(b - c), toB = Math.Abs(a - c), toC = Math.Abs(a + b - 2 * c);
        return (byte)(toA <= toB && toA <= toC ? a : toB <= toC ? b : c);
    }

    private static void AddRows(Span<byte> row, ReadOnlySpan<byte> above)
    {
        Span<Vector<byte>> wide = MemoryMarshal.Cast<byte, Vector<byte>>(row);
        ReadOnlySpan<Vector<byte>> wideAbove = MemoryMarshal.Cast<byte, Vector<byte>>(above);
        for (int i = 0; i < wide.Length; i++) wide[i] += wideAbove[i];
        for (int i = wide.Length * Vector<byte>.Count; i < row.Length; i++) row[i] += above[i];
    }
}
