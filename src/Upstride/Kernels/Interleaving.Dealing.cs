using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// The way back: from one row to several, or to one of them.
internal static unsafe partial class Interleaving
{
    // Two: the even elements of a pair of vectors, and the odd. Three: elements k, k + 3, ... of three vectors.
    private static readonly Vector512<int> Even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    private static readonly Vector512<int> Odd = Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    private static readonly Vector512<int> Deal0 = Vector512.Create(0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    private static readonly Vector512<int> Deal1 = Vector512.Create(1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    private static readonly Vector512<int> Deal2 = Vector512.Create(2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    private static readonly Vector512<int> Rest0 = Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    private static readonly Vector512<int> Rest1 = Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
    private static readonly Vector512<int> Rest2 = Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);

    /// <summary>destination[k*destinationPitch + i] = source[rows*i + k], i &lt; count, k &lt; rows: deals a row out to several.</summary>
    public static void Deal<T>(T* source, int rows, T* destination, nint destinationPitch, nint count)
        where T : unmanaged
    {
        if (IsAccelerated<T>() && rows is >= 2 and <= 4)
        {
            DealVectors((int*)source, rows, (int*)destination, destinationPitch, count);
            return;
        }
        nint turned = IsAccelerated<T>() && rows > 4 ? DealSquares(source, rows, destination, destinationPitch, count) : 0;
        for (int k = 0; k < rows; k++) Rows.Copy(source + turned * rows + k, rows, destination + k * destinationPitch + turned, 1, count - turned);
    }

    /// <summary>Deals in squares of a vector's length, as far as whole ones serve; returns how many elements each row has got.</summary>
    private static nint DealSquares<T>(T* source, int rows, T* destination, nint destinationPitch, nint count)
        where T : unmanaged
    {
        T** columns = stackalloc T*[Lanes];
        nint i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            for (int first = 0; first < rows; first += Lanes)
            {
                int here = Math.Min(Lanes, rows - first);
                for (int k = 0; k < here; k++) columns[k] = destination + (first + k) * destinationPitch + i;
                ToColumns(source + i * rows + first, rows, here, columns);
            }
        }
        return i;
    }

    /// <summary>destination[i] = source[step*i], i &lt; count, as far as whole vectors serve; returns how many elements were moved. Reads nothing behind the last of them.</summary>
    public static nint Take<T>(T* source, nint step, T* destination, nint count)
        where T : unmanaged
    {
        nint i = 0;
        if (!IsAccelerated<T>() || step is not (2 or 3 or 4 or 8)) return i;

        // The last vector of elements would read step - 1 behind its last, so it is left.
        for (; i < count - Lanes; i += Lanes)
        {
            int* at = (int*)source + i * step;
            Vector512<int> taken = step switch
            {
                2 => TakeTwo(at),
                3 => Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(Vector512.Load(at), Deal0, Vector512.Load(at + Lanes)), Rest0, Vector512.Load(at + 2 * Lanes)),
                4 => TakeFour(at),
                _ => Avx512F.PermuteVar16x32x2(TakeFour(at), Even, TakeFour(at + 4 * Lanes)),
            };
            taken.Store((int*)(destination + i));
        }
        return i;
    }

    private static Vector512<int> TakeTwo(int* at) => Avx512F.PermuteVar16x32x2(Vector512.Load(at), Even, Vector512.Load(at + Lanes));

    private static Vector512<int> TakeFour(int* at) => Avx512F.PermuteVar16x32x2(TakeTwo(at), Even, TakeTwo(at + 2 * Lanes));

    private static void DealVectors(int* source, int rows, int* destination, nint pitch, nint count)
    {
        Vector512<int>* dealt = stackalloc Vector512<int>[4];
        for (nint i = 0; i < count; i += Lanes)
        {
            // The last columns may be fewer than a vector's: what lies behind them is neither read nor written.
            nint here = nint.Min(Lanes, count - i), elements = here * rows;
            int* at = source + i * rows;
            Vector512<int> a = First(at, elements), b = First(at + Lanes, elements - Lanes);
            if (rows == 2)
            {
                dealt[0] = Avx512F.PermuteVar16x32x2(a, Even, b);
                dealt[1] = Avx512F.PermuteVar16x32x2(a, Odd, b);
            }
            else if (rows == 3)
            {
                Vector512<int> c = First(at + 2 * Lanes, elements - 2 * Lanes);
                dealt[0] = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Deal0, b), Rest0, c);
                dealt[1] = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Deal1, b), Rest1, c);
                dealt[2] = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Deal2, b), Rest2, c);
            }
            else
            {
                Vector512<int> c = First(at + 2 * Lanes, elements - 2 * Lanes), d = First(at + 3 * Lanes, elements - 3 * Lanes);
                Vector512<int> evenLow = Avx512F.PermuteVar16x32x2(a, Even, b), evenHigh = Avx512F.PermuteVar16x32x2(c, Even, d);
                Vector512<int> oddLow = Avx512F.PermuteVar16x32x2(a, Odd, b), oddHigh = Avx512F.PermuteVar16x32x2(c, Odd, d);
                dealt[0] = Avx512F.PermuteVar16x32x2(evenLow, Even, evenHigh);
                dealt[1] = Avx512F.PermuteVar16x32x2(oddLow, Even, oddHigh);
                dealt[2] = Avx512F.PermuteVar16x32x2(evenLow, Odd, evenHigh);
                dealt[3] = Avx512F.PermuteVar16x32x2(oddLow, Odd, oddHigh);
            }
            Vector512<int> mask = Mask(here);
            for (int k = 0; k < rows; k++)
            {
                int* to = destination + k * pitch + i;
                if (here == Lanes) dealt[k].Store(to);
                else Avx512F.MaskStore(to, mask, dealt[k]);
            }
        }
    }
}
