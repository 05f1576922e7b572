using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

// The same tiles for an interpreter, which removes no accumulators by constants and calls what a type argument names: plain methods, up to
// four rows of two vectors, one loop over the sum. A row or vector that a tile does not have is another's once more, and not stored.
internal static unsafe partial class GemmTile
{
    private const int InterpretedRows = 4;

    private const int InterpretedWideRows = 2;

    private const int Quad = 4;

    private static Table<float> Interpreted()
    {
        static nint At(delegate*<Arguments<float>*, void> kernel) => (nint)kernel;
        return new(
            Quad, [At(&One2), At(&Two2), At(&Three2), At(&Four2)], [At(&One1), At(&Two1), At(&Three1), At(&Four1)],
            [At(&One6), At(&Two6)]);
    }

    private static void One1(Arguments<float>* arguments) => UpToTwo(arguments, 1, arguments->B, arguments->C, 1);

    private static void One2(Arguments<float>* arguments) => UpToTwo(arguments, 1, arguments->B, arguments->C, 2);

    private static void One6(Arguments<float>* arguments) => Six(arguments, 1);

    private static void Two1(Arguments<float>* arguments) => UpToTwo(arguments, InterpretedWideRows, arguments->B, arguments->C, 1);

    private static void Two2(Arguments<float>* arguments) => UpToTwo(arguments, InterpretedWideRows, arguments->B, arguments->C, 2);

    private static void Two6(Arguments<float>* arguments) => Six(arguments, InterpretedWideRows);

    private static void Three1(Arguments<float>* arguments) => UpToFour(arguments, 3, 1);

    private static void Three2(Arguments<float>* arguments) => UpToFour(arguments, 3, 2);

    private static void Four1(Arguments<float>* arguments) => UpToFour(arguments, InterpretedRows, 1);

    private static void Four2(Arguments<float>* arguments) => UpToFour(arguments, InterpretedRows, 2);

    private static void Six(Arguments<float>* arguments, int rows)
    {
        for (int v = 0; v < WideVectors; v += 2) UpToTwo(arguments, rows, arguments->B + v * Quad, arguments->C + v * Quad, 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpToFour(Arguments<float>* arguments, int rows, int vectors)
    {
        Vector128<float> c0a = Vector128<float>.Zero, c0b = c0a, c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a, c3a = c0a, c3b = c0a;
        float* a = arguments->A, outer = arguments->B, c = arguments->C;
        nint pitch = arguments->CPitch, right = vectors > 1 ? Quad : 0;
        int last = rows - 1;
        float* row3 = c + last * pitch;
        if (arguments->Accumulate)
        {
            c0a = Vector128.Load(c);
            c0b = Vector128.Load(c + right);
            c1a = Vector128.Load(c + pitch);
            c1b = Vector128.Load(c + pitch + right);
            c2a = Vector128.Load(c + 2 * pitch);
            c2b = Vector128.Load(c + 2 * pitch + right);
            c3a = Vector128.Load(row3);
            c3b = Vector128.Load(row3 + right);
        }
        nint* offsets = arguments->Offsets, end = offsets + arguments->OffsetCount, offset = offsets;
        nint stride = arguments->BStride;
        for (float* all = a + arguments->Steps * arguments->OffsetCount * rows; a < all; a += rows)
        {
            float* b = outer + *offset;
            Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + right);
            Vector128<float> w = Vector128.Create(a[0]);
            c0a += w * b0;
            c0b += w * b1;
            w = Vector128.Create(a[1]);
            c1a += w * b0;
            c1b += w * b1;
            w = Vector128.Create(a[2]);
            c2a += w * b0;
            c2b += w * b1;
            w = Vector128.Create(a[last]);
            c3a += w * b0;
            c3b += w * b1;
            if (++offset != end) continue;
            offset = offsets;
            outer += stride;
        }
        c0a.Store(c);
        c1a.Store(c + pitch);
        c2a.Store(c + 2 * pitch);
        c3a.Store(row3);
        if (vectors == 1) return;
        c0b.Store(c + Quad);
        c1b.Store(c + pitch + Quad);
        c2b.Store(c + 2 * pitch + Quad);
        c3b.Store(row3 + Quad);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpToTwo(Arguments<float>* arguments, int rows, float* outer, float* c, int vectors)
    {
        Vector128<float> c0a = Vector128<float>.Zero, c0b = c0a, c1a = c0a, c1b = c0a;
        float* a = arguments->A;
        nint right = vectors > 1 ? Quad : 0;
        int last = rows - 1;
        float* row1 = c + last * arguments->CPitch;
        if (arguments->Accumulate)
        {
            c0a = Vector128.Load(c);
            c0b = Vector128.Load(c + right);
            c1a = Vector128.Load(row1);
            c1b = Vector128.Load(row1 + right);
        }
        nint* offsets = arguments->Offsets, end = offsets + arguments->OffsetCount, offset = offsets;
        nint stride = arguments->BStride;
        for (float* all = a + arguments->Steps * arguments->OffsetCount * rows; a < all; a += rows)
        {
            float* b = outer + *offset;
            Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + right);
            Vector128<float> w = Vector128.Create(a[0]);
            c0a += w * b0;
            c0b += w * b1;
            w = Vector128.Create(a[last]);
            c1a += w * b0;
            c1b += w * b1;
            if (++offset != end) continue;
            offset = offsets;
            outer += stride;
        }
        c0a.Store(c);
        c1a.Store(row1);
        if (vectors == 1) return;
        c0b.Store(c + Quad);
        c1b.Store(row1 + Quad);
    }
}
