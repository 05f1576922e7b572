using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// The two register tiles. A constant type argument gives the number of rows (and of columns), so that the compiler removes the
// accumulators a shape does not have and one text serves every shape and every width.
internal static unsafe partial class GemmTile
{
    /// <summary>Up to 14 rows of one or two vectors: 28 accumulators, two operands and an embedded broadcast fill 31 of 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tall<T, TVector, TSimd, TRows, TColumns>(Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
        where TColumns : unmanaged
    {
        int lanes = TSimd.Lanes;
        T* c = arguments->C;
        nint pitch = arguments->CPitch;
        TVector c0a = default, c0b = default;
        TVector c1a = default, c1b = default;
        TVector c2a = default, c2b = default;
        TVector c3a = default, c3b = default;
        TVector c4a = default, c4b = default;
        TVector c5a = default, c5b = default;
        TVector c6a = default, c6b = default;
        TVector c7a = default, c7b = default;
        TVector c8a = default, c8b = default;
        TVector c9a = default, c9b = default;
        TVector c10a = default, c10b = default;
        TVector c11a = default, c11b = default;
        TVector c12a = default, c12b = default;
        TVector c13a = default, c13b = default;
        if (arguments->Accumulate)
        {
            { c0a = TSimd.Load(c); if (sizeof(TColumns) > 1) c0b = TSimd.Load(c + lanes); }
            if (sizeof(TRows) > 1) { c1a = TSimd.Load(c + 1 * pitch); if (sizeof(TColumns) > 1) c1b = TSimd.Load(c + 1 * pitch + lanes); }
            if (sizeof(TRows) > 2) { c2a = TSimd.Load(c + 2 * pitch); if (sizeof(TColumns) > 1) c2b = TSimd.Load(c + 2 * pitch + lanes); }
            if (sizeof(TRows) > 3) { c3a = TSimd.Load(c + 3 * pitch); if (sizeof(TColumns) > 1) c3b = TSimd.Load(c + 3 * pitch + lanes); }
            if (sizeof(TRows) > 4) { c4a = TSimd.Load(c + 4 * pitch); if (sizeof(TColumns) > 1) c4b = TSimd.Load(c + 4 * pitch + lanes); }
            if (sizeof(TRows) > 5) { c5a = TSimd.Load(c + 5 * pitch); if (sizeof(TColumns) > 1) c5b = TSimd.Load(c + 5 * pitch + lanes); }
            if (sizeof(TRows) > 6) { c6a = TSimd.Load(c + 6 * pitch); if (sizeof(TColumns) > 1) c6b = TSimd.Load(c + 6 * pitch + lanes); }
            if (sizeof(TRows) > 7) { c7a = TSimd.Load(c + 7 * pitch); if (sizeof(TColumns) > 1) c7b = TSimd.Load(c + 7 * pitch + lanes); }
            if (sizeof(TRows) > 8) { c8a = TSimd.Load(c + 8 * pitch); if (sizeof(TColumns) > 1) c8b = TSimd.Load(c + 8 * pitch + lanes); }
            if (sizeof(TRows) > 9) { c9a = TSimd.Load(c + 9 * pitch); if (sizeof(TColumns) > 1) c9b = TSimd.Load(c + 9 * pitch + lanes); }
            if (sizeof(TRows) > 10) { c10a = TSimd.Load(c + 10 * pitch); if (sizeof(TColumns) > 1) c10b = TSimd.Load(c + 10 * pitch + lanes); }
            if (sizeof(TRows) > 11) { c11a = TSimd.Load(c + 11 * pitch); if (sizeof(TColumns) > 1) c11b = TSimd.Load(c + 11 * pitch + lanes); }
            if (sizeof(TRows) > 12) { c12a = TSimd.Load(c + 12 * pitch); if (sizeof(TColumns) > 1) c12b = TSimd.Load(c + 12 * pitch + lanes); }
            if (sizeof(TRows) > 13) { c13a = TSimd.Load(c + 13 * pitch); if (sizeof(TColumns) > 1) c13b = TSimd.Load(c + 13 * pitch + lanes); }
        }

        if (arguments->Fetch) FetchRows(c, pitch, sizeof(TRows), sizeof(TColumns) * lanes);

        T* a = arguments->A;
        T* outer = arguments->B;
        nint* offsets = arguments->Offsets;
        nint offsetCount = arguments->OffsetCount;
        nint stride = arguments->BStride;
        for (nint step = arguments->Steps; step > 0; step--)
        {
            for (nint i = 0; i < offsetCount; i++)
            {
                T* b = outer + offsets[i];
                TVector b0 = TSimd.Load(b);
                TVector b1 = sizeof(TColumns) > 1 ? TSimd.Load(b + lanes) : TSimd.Zero;
                { TVector w = TSimd.Broadcast(a[0]); c0a = TSimd.MultiplyAdd(w, b0, c0a); if (sizeof(TColumns) > 1) c0b = TSimd.MultiplyAdd(w, b1, c0b); }
                if (sizeof(TRows) > 1) { TVector w = TSimd.Broadcast(a[1]); c1a = TSimd.MultiplyAdd(w, b0, c1a); if (sizeof(TColumns) > 1) c1b = TSimd.MultiplyAdd(w, b1, c1b); }
                if (sizeof(TRows) > 2) { TVector w = TSimd.Broadcast(a[2]); c2a = TSimd.MultiplyAdd(w, b0, c2a); if (sizeof(TColumns) > 1) c2b = TSimd.MultiplyAdd(w, b1, c2b); }
                if (sizeof(TRows) > 3) { TVector w = TSimd.Broadcast(a[3]); c3a = TSimd.MultiplyAdd(w, b0, c3a); if (sizeof(TColumns) > 1) c3b = TSimd.MultiplyAdd(w, b1, c3b); }
                if (sizeof(TRows) > 4) { TVector w = TSimd.Broadcast(a[4]); c4a = TSimd.MultiplyAdd(w, b0, c4a); if (sizeof(TColumns) > 1) c4b = TSimd.MultiplyAdd(w, b1, c4b); }
                if (sizeof(TRows) > 5) { TVector w = TSimd.Broadcast(a[5]); c5a = TSimd.MultiplyAdd(w, b0, c5a); if (sizeof(TColumns) > 1) c5b = TSimd.MultiplyAdd(w, b1, c5b); }
                if (sizeof(TRows) > 6) { TVector w = TSimd.Broadcast(a[6]); c6a = TSimd.MultiplyAdd(w, b0, c6a); if (sizeof(TColumns) > 1) c6b = TSimd.MultiplyAdd(w, b1, c6b); }
                if (sizeof(TRows) > 7) { TVector w = TSimd.Broadcast(a[7]); c7a = TSimd.MultiplyAdd(w, b0, c7a); if (sizeof(TColumns) > 1) c7b = TSimd.MultiplyAdd(w, b1, c7b); }
                if (sizeof(TRows) > 8) { TVector w = TSimd.Broadcast(a[8]); c8a = TSimd.MultiplyAdd(w, b0, c8a); if (sizeof(TColumns) > 1) c8b = TSimd.MultiplyAdd(w, b1, c8b); }
                if (sizeof(TRows) > 9) { TVector w = TSimd.Broadcast(a[9]); c9a = TSimd.MultiplyAdd(w, b0, c9a); if (sizeof(TColumns) > 1) c9b = TSimd.MultiplyAdd(w, b1, c9b); }
                if (sizeof(TRows) > 10) { TVector w = TSimd.Broadcast(a[10]); c10a = TSimd.MultiplyAdd(w, b0, c10a); if (sizeof(TColumns) > 1) c10b = TSimd.MultiplyAdd(w, b1, c10b); }
                if (sizeof(TRows) > 11) { TVector w = TSimd.Broadcast(a[11]); c11a = TSimd.MultiplyAdd(w, b0, c11a); if (sizeof(TColumns) > 1) c11b = TSimd.MultiplyAdd(w, b1, c11b); }
                if (sizeof(TRows) > 12) { TVector w = TSimd.Broadcast(a[12]); c12a = TSimd.MultiplyAdd(w, b0, c12a); if (sizeof(TColumns) > 1) c12b = TSimd.MultiplyAdd(w, b1, c12b); }
                if (sizeof(TRows) > 13) { TVector w = TSimd.Broadcast(a[13]); c13a = TSimd.MultiplyAdd(w, b0, c13a); if (sizeof(TColumns) > 1) c13b = TSimd.MultiplyAdd(w, b1, c13b); }
                Prefetch(a);
                a += sizeof(TRows);
            }
            outer += stride;
        }

        if (arguments->Bias is not null)
        {
            T* bias = arguments->Bias;
            TVector least = TSimd.Broadcast(arguments->Least), most = TSimd.Broadcast(arguments->Most);
            { TVector w = TSimd.Broadcast(bias[0]); c0a = TSimd.Bound(TSimd.Add(c0a, w), least, most); if (sizeof(TColumns) > 1) c0b = TSimd.Bound(TSimd.Add(c0b, w), least, most); }
            if (sizeof(TRows) > 1) { TVector w = TSimd.Broadcast(bias[1]); c1a = TSimd.Bound(TSimd.Add(c1a, w), least, most); if (sizeof(TColumns) > 1) c1b = TSimd.Bound(TSimd.Add(c1b, w), least, most); }
            if (sizeof(TRows) > 2) { TVector w = TSimd.Broadcast(bias[2]); c2a = TSimd.Bound(TSimd.Add(c2a, w), least, most); if (sizeof(TColumns) > 1) c2b = TSimd.Bound(TSimd.Add(c2b, w), least, most); }
            if (sizeof(TRows) > 3) { TVector w = TSimd.Broadcast(bias[3]); c3a = TSimd.Bound(TSimd.Add(c3a, w), least, most); if (sizeof(TColumns) > 1) c3b = TSimd.Bound(TSimd.Add(c3b, w), least, most); }
            if (sizeof(TRows) > 4) { TVector w = TSimd.Broadcast(bias[4]); c4a = TSimd.Bound(TSimd.Add(c4a, w), least, most); if (sizeof(TColumns) > 1) c4b = TSimd.Bound(TSimd.Add(c4b, w), least, most); }
            if (sizeof(TRows) > 5) { TVector w = TSimd.Broadcast(bias[5]); c5a = TSimd.Bound(TSimd.Add(c5a, w), least, most); if (sizeof(TColumns) > 1) c5b = TSimd.Bound(TSimd.Add(c5b, w), least, most); }
            if (sizeof(TRows) > 6) { TVector w = TSimd.Broadcast(bias[6]); c6a = TSimd.Bound(TSimd.Add(c6a, w), least, most); if (sizeof(TColumns) > 1) c6b = TSimd.Bound(TSimd.Add(c6b, w), least, most); }
            if (sizeof(TRows) > 7) { TVector w = TSimd.Broadcast(bias[7]); c7a = TSimd.Bound(TSimd.Add(c7a, w), least, most); if (sizeof(TColumns) > 1) c7b = TSimd.Bound(TSimd.Add(c7b, w), least, most); }
            if (sizeof(TRows) > 8) { TVector w = TSimd.Broadcast(bias[8]); c8a = TSimd.Bound(TSimd.Add(c8a, w), least, most); if (sizeof(TColumns) > 1) c8b = TSimd.Bound(TSimd.Add(c8b, w), least, most); }
            if (sizeof(TRows) > 9) { TVector w = TSimd.Broadcast(bias[9]); c9a = TSimd.Bound(TSimd.Add(c9a, w), least, most); if (sizeof(TColumns) > 1) c9b = TSimd.Bound(TSimd.Add(c9b, w), least, most); }
            if (sizeof(TRows) > 10) { TVector w = TSimd.Broadcast(bias[10]); c10a = TSimd.Bound(TSimd.Add(c10a, w), least, most); if (sizeof(TColumns) > 1) c10b = TSimd.Bound(TSimd.Add(c10b, w), least, most); }
            if (sizeof(TRows) > 11) { TVector w = TSimd.Broadcast(bias[11]); c11a = TSimd.Bound(TSimd.Add(c11a, w), least, most); if (sizeof(TColumns) > 1) c11b = TSimd.Bound(TSimd.Add(c11b, w), least, most); }
            if (sizeof(TRows) > 12) { TVector w = TSimd.Broadcast(bias[12]); c12a = TSimd.Bound(TSimd.Add(c12a, w), least, most); if (sizeof(TColumns) > 1) c12b = TSimd.Bound(TSimd.Add(c12b, w), least, most); }
            if (sizeof(TRows) > 13) { TVector w = TSimd.Broadcast(bias[13]); c13a = TSimd.Bound(TSimd.Add(c13a, w), least, most); if (sizeof(TColumns) > 1) c13b = TSimd.Bound(TSimd.Add(c13b, w), least, most); }
        }

        {
            { TSimd.Store(c0a, c); if (sizeof(TColumns) > 1) TSimd.Store(c0b, c + lanes); }
            if (sizeof(TRows) > 1) { TSimd.Store(c1a, c + 1 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c1b, c + 1 * pitch + lanes); }
            if (sizeof(TRows) > 2) { TSimd.Store(c2a, c + 2 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c2b, c + 2 * pitch + lanes); }
            if (sizeof(TRows) > 3) { TSimd.Store(c3a, c + 3 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c3b, c + 3 * pitch + lanes); }
            if (sizeof(TRows) > 4) { TSimd.Store(c4a, c + 4 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c4b, c + 4 * pitch + lanes); }
            if (sizeof(TRows) > 5) { TSimd.Store(c5a, c + 5 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c5b, c + 5 * pitch + lanes); }
            if (sizeof(TRows) > 6) { TSimd.Store(c6a, c + 6 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c6b, c + 6 * pitch + lanes); }
            if (sizeof(TRows) > 7) { TSimd.Store(c7a, c + 7 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c7b, c + 7 * pitch + lanes); }
            if (sizeof(TRows) > 8) { TSimd.Store(c8a, c + 8 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c8b, c + 8 * pitch + lanes); }
            if (sizeof(TRows) > 9) { TSimd.Store(c9a, c + 9 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c9b, c + 9 * pitch + lanes); }
            if (sizeof(TRows) > 10) { TSimd.Store(c10a, c + 10 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c10b, c + 10 * pitch + lanes); }
            if (sizeof(TRows) > 11) { TSimd.Store(c11a, c + 11 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c11b, c + 11 * pitch + lanes); }
            if (sizeof(TRows) > 12) { TSimd.Store(c12a, c + 12 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c12b, c + 12 * pitch + lanes); }
            if (sizeof(TRows) > 13) { TSimd.Store(c13a, c + 13 * pitch); if (sizeof(TColumns) > 1) TSimd.Store(c13b, c + 13 * pitch + lanes); }
        }
    }

    // A store waits for its line, and lines wait for each other: they are asked for before the products instead of after them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchRows<T>(T* c, nint pitch, int rows, int columns)
        where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        for (; rows > 0; rows--, c += pitch)
        for (int line = 0; line < columns; line += Simd.Line / sizeof(T)) Sse.Prefetch0(c + line);
    }

    // A is read once, from as far away as memory: it is fetched half a page ahead, beyond which hardware does not look.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<T>(T* a)
        where T : unmanaged
    {
        if (Sse.IsSupported) Sse.Prefetch1((byte*)a + 2048);
    }

    /// <summary>
    /// Up to 4 rows of six vectors, for products with few rows: 24 accumulators, four broadcasts and one operand at a time; of 2 rows fifteen
    /// registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide<T, TVector, TSimd, TRows>(Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
    {
        int lanes = TSimd.Lanes;
        T* c = arguments->C;
        nint pitch = arguments->CPitch;
        TVector c0a = default, c0b = default, c0c = default, c0d = default, c0e = default, c0f = default;
        TVector c1a = default, c1b = default, c1c = default, c1d = default, c1e = default, c1f = default;
        TVector c2a = default, c2b = default, c2c = default, c2d = default, c2e = default, c2f = default;
        TVector c3a = default, c3b = default, c3c = default, c3d = default, c3e = default, c3f = default;
        if (arguments->Accumulate)
        {
            { c0a = TSimd.Load(c); c0b = TSimd.Load(c + 1 * lanes); c0c = TSimd.Load(c + 2 * lanes); c0d = TSimd.Load(c + 3 * lanes); c0e = TSimd.Load(c + 4 * lanes); c0f = TSimd.Load(c + 5 * lanes); }
            if (sizeof(TRows) > 1) { c1a = TSimd.Load(c + 1 * pitch); c1b = TSimd.Load(c + 1 * pitch + 1 * lanes); c1c = TSimd.Load(c + 1 * pitch + 2 * lanes); c1d = TSimd.Load(c + 1 * pitch + 3 * lanes); c1e = TSimd.Load(c + 1 * pitch + 4 * lanes); c1f = TSimd.Load(c + 1 * pitch + 5 * lanes); }
            if (sizeof(TRows) > 2) { c2a = TSimd.Load(c + 2 * pitch); c2b = TSimd.Load(c + 2 * pitch + 1 * lanes); c2c = TSimd.Load(c + 2 * pitch + 2 * lanes); c2d = TSimd.Load(c + 2 * pitch + 3 * lanes); c2e = TSimd.Load(c + 2 * pitch + 4 * lanes); c2f = TSimd.Load(c + 2 * pitch + 5 * lanes); }
            if (sizeof(TRows) > 3) { c3a = TSimd.Load(c + 3 * pitch); c3b = TSimd.Load(c + 3 * pitch + 1 * lanes); c3c = TSimd.Load(c + 3 * pitch + 2 * lanes); c3d = TSimd.Load(c + 3 * pitch + 3 * lanes); c3e = TSimd.Load(c + 3 * pitch + 4 * lanes); c3f = TSimd.Load(c + 3 * pitch + 5 * lanes); }
        }

        T* a = arguments->A;
        T* outer = arguments->B;
        nint* offsets = arguments->Offsets;
        nint offsetCount = arguments->OffsetCount;
        nint stride = arguments->BStride;
        for (nint step = arguments->Steps; step > 0; step--)
        {
            for (nint i = 0; i < offsetCount; i++)
            {
                T* b = outer + offsets[i];
                TVector w0 = TSimd.Broadcast(a[0]);
                TVector w1 = sizeof(TRows) > 1 ? TSimd.Broadcast(a[1]) : TSimd.Zero;
                TVector w2 = sizeof(TRows) > 2 ? TSimd.Broadcast(a[2]) : TSimd.Zero;
                TVector w3 = sizeof(TRows) > 3 ? TSimd.Broadcast(a[3]) : TSimd.Zero;
                { TVector x = TSimd.Load(b); c0a = TSimd.MultiplyAdd(w0, x, c0a); if (sizeof(TRows) > 1) c1a = TSimd.MultiplyAdd(w1, x, c1a); if (sizeof(TRows) > 2) c2a = TSimd.MultiplyAdd(w2, x, c2a); if (sizeof(TRows) > 3) c3a = TSimd.MultiplyAdd(w3, x, c3a); }
                { TVector x = TSimd.Load(b + lanes); c0b = TSimd.MultiplyAdd(w0, x, c0b); if (sizeof(TRows) > 1) c1b = TSimd.MultiplyAdd(w1, x, c1b); if (sizeof(TRows) > 2) c2b = TSimd.MultiplyAdd(w2, x, c2b); if (sizeof(TRows) > 3) c3b = TSimd.MultiplyAdd(w3, x, c3b); }
                { TVector x = TSimd.Load(b + 2 * lanes); c0c = TSimd.MultiplyAdd(w0, x, c0c); if (sizeof(TRows) > 1) c1c = TSimd.MultiplyAdd(w1, x, c1c); if (sizeof(TRows) > 2) c2c = TSimd.MultiplyAdd(w2, x, c2c); if (sizeof(TRows) > 3) c3c = TSimd.MultiplyAdd(w3, x, c3c); }
                { TVector x = TSimd.Load(b + 3 * lanes); c0d = TSimd.MultiplyAdd(w0, x, c0d); if (sizeof(TRows) > 1) c1d = TSimd.MultiplyAdd(w1, x, c1d); if (sizeof(TRows) > 2) c2d = TSimd.MultiplyAdd(w2, x, c2d); if (sizeof(TRows) > 3) c3d = TSimd.MultiplyAdd(w3, x, c3d); }
                { TVector x = TSimd.Load(b + 4 * lanes); c0e = TSimd.MultiplyAdd(w0, x, c0e); if (sizeof(TRows) > 1) c1e = TSimd.MultiplyAdd(w1, x, c1e); if (sizeof(TRows) > 2) c2e = TSimd.MultiplyAdd(w2, x, c2e); if (sizeof(TRows) > 3) c3e = TSimd.MultiplyAdd(w3, x, c3e); }
                { TVector x = TSimd.Load(b + 5 * lanes); c0f = TSimd.MultiplyAdd(w0, x, c0f); if (sizeof(TRows) > 1) c1f = TSimd.MultiplyAdd(w1, x, c1f); if (sizeof(TRows) > 2) c2f = TSimd.MultiplyAdd(w2, x, c2f); if (sizeof(TRows) > 3) c3f = TSimd.MultiplyAdd(w3, x, c3f); }
                a += sizeof(TRows);
            }
            outer += stride;
        }

        if (arguments->Bias is not null)
        {
            T* bias = arguments->Bias;
            TVector least = TSimd.Broadcast(arguments->Least), most = TSimd.Broadcast(arguments->Most);
            { TVector w = TSimd.Broadcast(bias[0]); c0a = TSimd.Bound(TSimd.Add(c0a, w), least, most); c0b = TSimd.Bound(TSimd.Add(c0b, w), least, most); c0c = TSimd.Bound(TSimd.Add(c0c, w), least, most); c0d = TSimd.Bound(TSimd.Add(c0d, w), least, most); c0e = TSimd.Bound(TSimd.Add(c0e, w), least, most); c0f = TSimd.Bound(TSimd.Add(c0f, w), least, most); }
            if (sizeof(TRows) > 1) { TVector w = TSimd.Broadcast(bias[1]); c1a = TSimd.Bound(TSimd.Add(c1a, w), least, most); c1b = TSimd.Bound(TSimd.Add(c1b, w), least, most); c1c = TSimd.Bound(TSimd.Add(c1c, w), least, most); c1d = TSimd.Bound(TSimd.Add(c1d, w), least, most); c1e = TSimd.Bound(TSimd.Add(c1e, w), least, most); c1f = TSimd.Bound(TSimd.Add(c1f, w), least, most); }
            if (sizeof(TRows) > 2) { TVector w = TSimd.Broadcast(bias[2]); c2a = TSimd.Bound(TSimd.Add(c2a, w), least, most); c2b = TSimd.Bound(TSimd.Add(c2b, w), least, most); c2c = TSimd.Bound(TSimd.Add(c2c, w), least, most); c2d = TSimd.Bound(TSimd.Add(c2d, w), least, most); c2e = TSimd.Bound(TSimd.Add(c2e, w), least, most); c2f = TSimd.Bound(TSimd.Add(c2f, w), least, most); }
            if (sizeof(TRows) > 3) { TVector w = TSimd.Broadcast(bias[3]); c3a = TSimd.Bound(TSimd.Add(c3a, w), least, most); c3b = TSimd.Bound(TSimd.Add(c3b, w), least, most); c3c = TSimd.Bound(TSimd.Add(c3c, w), least, most); c3d = TSimd.Bound(TSimd.Add(c3d, w), least, most); c3e = TSimd.Bound(TSimd.Add(c3e, w), least, most); c3f = TSimd.Bound(TSimd.Add(c3f, w), least, most); }
        }

        {
            { TSimd.Store(c0a, c); TSimd.Store(c0b, c + 1 * lanes); TSimd.Store(c0c, c + 2 * lanes); TSimd.Store(c0d, c + 3 * lanes); TSimd.Store(c0e, c + 4 * lanes); TSimd.Store(c0f, c + 5 * lanes); }
            if (sizeof(TRows) > 1) { TSimd.Store(c1a, c + 1 * pitch); TSimd.Store(c1b, c + 1 * pitch + 1 * lanes); TSimd.Store(c1c, c + 1 * pitch + 2 * lanes); TSimd.Store(c1d, c + 1 * pitch + 3 * lanes); TSimd.Store(c1e, c + 1 * pitch + 4 * lanes); TSimd.Store(c1f, c + 1 * pitch + 5 * lanes); }
            if (sizeof(TRows) > 2) { TSimd.Store(c2a, c + 2 * pitch); TSimd.Store(c2b, c + 2 * pitch + 1 * lanes); TSimd.Store(c2c, c + 2 * pitch + 2 * lanes); TSimd.Store(c2d, c + 2 * pitch + 3 * lanes); TSimd.Store(c2e, c + 2 * pitch + 4 * lanes); TSimd.Store(c2f, c + 2 * pitch + 5 * lanes); }
            if (sizeof(TRows) > 3) { TSimd.Store(c3a, c + 3 * pitch); TSimd.Store(c3b, c + 3 * pitch + 1 * lanes); TSimd.Store(c3c, c + 3 * pitch + 2 * lanes); TSimd.Store(c3d, c + 3 * pitch + 3 * lanes); TSimd.Store(c3e, c + 3 * pitch + 4 * lanes); TSimd.Store(c3f, c + 3 * pitch + 5 * lanes); }
        }
    }
}
