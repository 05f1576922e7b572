using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// Squares of eight by eight, turned in registers: four columns at a time, as the loads put rows r and r + 4 into the halves of a vector.
internal static unsafe partial class Interleaving
{
    /// <summary>rows[r*pitch + k] = places[k][i + r] for eight of each, r in ascending order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PlacesToRows(float** places, nint i, float* rows, nint pitch)
    {
        for (nint half = 0; half < Eight; half += 4, i += 4, rows += 4 * pitch)
        {
            (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = Fours(
                Join(places[0] + i, places[4] + i), Join(places[1] + i, places[5] + i), Join(places[2] + i, places[6] + i),
                Join(places[3] + i, places[7] + i));
            a.Store(rows);
            b.Store(rows + pitch);
            c.Store(rows + 2 * pitch);
            d.Store(rows + 3 * pitch);
        }
    }

    /// <summary>places[k][i + r] = rows[r*pitch + k] for eight of each, k in descending order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowsToPlaces(float* rows, nint pitch, float** places, nint i)
    {
        for (nint half = 4; half >= 0; half -= 4)
        {
            float* from = rows + half;
            (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = Fours(
                Join(from, from + 4 * pitch), Join(from + pitch, from + 5 * pitch), Join(from + 2 * pitch, from + 6 * pitch),
                Join(from + 3 * pitch, from + 7 * pitch));
            d.Store(places[half + 3] + i);
            c.Store(places[half + 2] + i);
            b.Store(places[half + 1] + i);
            a.Store(places[half] + i);
        }
    }

    /// <summary>
    /// destination[k*destinationPitch + r] = source[r*sourcePitch + k] for eight of each; where there is AVX2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeEight(float* source, nint sourcePitch, float* destination, nint destinationPitch)
    {
        for (nint half = 0; half < Eight; half += 4, source += 4, destination += 4 * destinationPitch)
        {
            (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = Fours(
                Join(source, source + 4 * sourcePitch), Join(source + sourcePitch, source + 5 * sourcePitch),
                Join(source + 2 * sourcePitch, source + 6 * sourcePitch), Join(source + 3 * sourcePitch, source + 7 * sourcePitch));
            a.Store(destination);
            b.Store(destination + destinationPitch);
            c.Store(destination + 2 * destinationPitch);
            d.Store(destination + 3 * destinationPitch);
        }
    }

    /// <summary>The same columns of four vectors side by side, in either half of the vectors by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> A, Vector256<float> B, Vector256<float> C, Vector256<float> D) Fours(
        Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        (Vector256<long> lowA, Vector256<long> highA) = Zip(a, b);
        (Vector256<long> lowC, Vector256<long> highC) = Zip(c, d);
        return (Avx2.UnpackLow(lowA, lowC).AsSingle(), Avx2.UnpackHigh(lowA, lowC).AsSingle(), Avx2.UnpackLow(highA, highC).AsSingle(),
            Avx2.UnpackHigh(highA, highC).AsSingle());
    }

    // As whole numbers, for which processors have more units.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<long> Low, Vector256<long> High) Zip(Vector256<float> a, Vector256<float> b) =>
        (Avx2.UnpackLow(a.AsInt32(), b.AsInt32()).AsInt64(), Avx2.UnpackHigh(a.AsInt32(), b.AsInt32()).AsInt64());

    /// <summary>Four elements at either place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join(float* low, float* high) =>
        Avx.InsertVector128(Vector128.Load(low).ToVector256Unsafe(), Vector128.Load(high), 1);

    /// <summary>The first <paramref name="count"/> elements, up to eight, and zeros behind them; nothing else is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FirstEight(float* source, nint count) =>
        count >= Eight ? Vector256.Load(source)
        : count <= 0 ? Vector256<float>.Zero
        : Avx.MaskLoad(source, Vector256.GreaterThan(Vector256.Create((int)count), Vector256<int>.Indices).AsSingle());

    /// <summary>
    /// Writes the first <paramref name="count"/> elements, up to eight, and nothing else: by parts, as many processors take tens of
    /// operations for a store under a mask.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFirst(Vector256<float> vector, float* to, nint count)
    {
        if (count >= Eight)
        {
            vector.Store(to);
            return;
        }
        if (count <= 0) return;
        Vector128<float> part = vector.GetLower();
        if ((count & 4) != 0)
        {
            part.Store(to);
            to += 4;
            part = vector.GetUpper();
        }
        if ((count & 2) != 0)
        {
            Sse.StoreLow(to, part);
            to += 2;
            part = Sse.MoveHighToLow(part, part);
        }
        if ((count & 1) != 0) *to = part.ToScalar();
    }

    /// <summary>destination[r*pitch + k] = sources[k][start + r], r &lt; rows &lt;= 8, k &lt; count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightRows(float** sources, nint start, nint count, float* destination, nint pitch, nint rows)
    {
        nint k = 0;
        if (rows == Eight)
            for (; k + Eight <= count; k += Eight) PlacesToRows(sources + k, start, destination + k, pitch);
        if (k == count) return;
        float** places = stackalloc float*[Eight];
        Vector256<float>* vectors = stackalloc Vector256<float>[Eight + 2];
        float* square = (float*)Simd.AtLine(vectors);
        for (; k < count; k += Eight)
        {
            nint here = nint.Min(Eight, count - k);
            PlacesToRows(Padded(sources + k, (int)here, places), start, square, Eight);
            for (nint r = 0; r < rows; r++) StoreFirst(Vector256.Load(square + r * Eight), destination + r * pitch + k, here);
        }
    }

    /// <summary>destinations[i][at + k] = source[k*pitch + i], i &lt; count, k &lt; rows &lt;= 8, and zeros for further k &lt; 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightColumns(float* source, nint pitch, nint rows, nint count, float** destinations, nint at)
    {
        nint i = 0;
        if (rows == Eight)
            for (; i + Eight <= count; i += Eight) RowsToPlaces(source + i, pitch, destinations + i, at);
        if (i == count) return;
        float** places = stackalloc float*[Eight];
        Vector256<float>* vectors = stackalloc Vector256<float>[Eight + 2];
        float* square = (float*)Simd.AtLine(vectors);
        for (; i < count; i += Eight)
        {
            nint here = nint.Min(Eight, count - i);
            for (nint k = 0; k < Eight; k++) FirstEight(source + k * pitch + i, k < rows ? here : 0).Store(square + k * Eight);
            RowsToPlaces(square, Eight, Padded(destinations + i, (int)here, places), at);
        }
    }
}
