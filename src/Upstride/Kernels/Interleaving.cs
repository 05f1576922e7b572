using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// Interleaves rows: destination[q*i + k] = sources[k][i]. Where q has no factor but 2 and 3 it is a chain of two- and three-way
/// interleavings in registers, the i-th source meeting the one half (or a third) of all further on; else elements are stored one by one.
/// </summary>
internal static unsafe class Interleaving
{
    /// <summary>The most rows whose vectors fit the scratch that the chain runs in.</summary>
    private const int MaximalRows = 96;

    private const int Lanes = 16;

    private static readonly Vector512<int> ZipLow = Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    private static readonly Vector512<int> ZipHigh = Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);

    // Three-way: first two sources into their places, then the third one between them. Places of the third hold anything after the first step.
    private static readonly Vector512<int> Pair0 = Vector512.Create(0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
    private static readonly Vector512<int> Pair1 = Vector512.Create(21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
    private static readonly Vector512<int> Pair2 = Vector512.Create(0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    private static readonly Vector512<int> Third0 = Vector512.Create(0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
    private static readonly Vector512<int> Third1 = Vector512.Create(0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
    private static readonly Vector512<int> Third2 = Vector512.Create(26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);

    /// <summary>destination[rows*i + k] = sources[k][i], i &lt; count. Any alignment; reads and writes nothing else.</summary>
    public static void Run<T>(T** sources, int rows, T* destination, nint count)
        where T : unmanaged
    {
        if (rows == 1)
        {
            Rows.Copy(sources[0], 1, destination, 1, count);
            return;
        }
        nint done = sizeof(T) == sizeof(int) && Avx512F.IsSupported && count >= Lanes && rows <= MaximalRows && OnlyTwosAndThrees(rows)
            ? Vectors((int**)sources, rows, (int*)destination, count)
            : 0;
        if (done == count) return;
        for (int k = 0; k < rows; k++) Rows.Copy(sources[k] + done, 1, destination + done * rows + k, rows, count - done);
    }

    private static bool OnlyTwosAndThrees(int rows)
    {
        while (rows % 2 == 0) rows /= 2;
        while (rows % 3 == 0) rows /= 3;
        return rows == 1;
    }

    private static nint Vectors(int** sources, int rows, int* destination, nint count)
    {
        nint i = 0;
        if (rows == 2)
        {
            (Vector512<int> low, Vector512<int> high) = (ZipLow, ZipHigh);
            for (; i <= count - Lanes; i += Lanes)
            {
                Vector512<int> a = Vector512.Load(sources[0] + i), b = Vector512.Load(sources[1] + i);
                Avx512F.PermuteVar16x32x2(a, low, b).Store(destination + 2 * i);
                Avx512F.PermuteVar16x32x2(a, high, b).Store(destination + 2 * i + Lanes);
            }
            return i;
        }
        Vector512<int>* from = stackalloc Vector512<int>[MaximalRows];
        Vector512<int>* to = stackalloc Vector512<int>[MaximalRows];
        for (; i <= count - Lanes; i += Lanes)
        {
            for (int k = 0; k < rows; k++) from[k] = Vector512.Load(sources[k] + i);
            Vector512<int>* result = Chain(from, to, rows);
            for (int k = 0; k < rows; k++) result[k].Store(destination + (i * rows) + k * Lanes);
        }
        return i;
    }

    private static Vector512<int>* Chain(Vector512<int>* from, Vector512<int>* to, int rows)
    {
        for (int length = rows; length > 1;)
        {
            int factor = length % 2 == 0 ? 2 : 3;
            int part = length / factor;
            for (int first = 0; first < rows; first += length)
            {
                for (int k = first; k < first + part; k++)
                {
                    if (factor == 2) Zip(from[k], from[k + part], out to[k], out to[k + part]);
                    else ZipThree(from[k], from[k + part], from[k + 2 * part], out to[k], out to[k + part], out to[k + 2 * part]);
                }
            }
            Vector512<int>* swapped = from;
            from = to;
            to = swapped;
            length = part;
        }
        return from;
    }

    private static void Zip(Vector512<int> a, Vector512<int> b, out Vector512<int> low, out Vector512<int> high)
    {
        low = Avx512F.PermuteVar16x32x2(a, ZipLow, b);
        high = Avx512F.PermuteVar16x32x2(a, ZipHigh, b);
    }

    private static void ZipThree(Vector512<int> a, Vector512<int> b, Vector512<int> c, out Vector512<int> low, out Vector512<int> middle, out Vector512<int> high)
    {
        low = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair0, b), Third0, c);
        middle = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair1, b), Third1, c);
        high = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair2, b), Third2, c);
    }
}
