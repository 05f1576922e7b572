using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

// The same transforms for an interpreter (Simd.IsInterpreted), which calls what a type argument names and removes no branch by constants:
// plain methods over four floats, in which the loop over a row of tiles is the innermost. The sums are those of the bodies for compiled
// code, in the same order.
internal static unsafe partial class WinogradKernels
{
    private const int Quad = 4;

    // Vectors of tiles that are on their way between the axes at once: 8 KB of the stack.
    private const int MostGroups = 8;

    private static void PlainInput(Arguments<float>* arguments, int code0, int code1)
    {
        float* source = arguments->Source, destination = arguments->Destination;
        nint* columns = arguments->Columns;
        nint row = arguments->SourceRow, step = arguments->DestinationStep;
        if (code0 == -1)
        {
            PlainInputAxis(code1, source, columns, destination, step, arguments->Groups);
            return;
        }
        int length0 = Math.Abs(code0), length1 = Math.Abs(code1);
        float* tile = stackalloc float[MaxAlpha * MaxAlpha * MostGroups * Quad];
        nint* rows = stackalloc nint[MaxAlpha];
        const nint pitch = MostGroups * Quad;
        for (int a = 0; a < length0; a++) rows[a] = a * length1 * pitch;
        for (int left = arguments->Groups; left > 0; left -= MostGroups, source += pitch, destination += pitch)
        {
            int groups = Math.Min(left, MostGroups);
            for (int a = 0; a < length0; a++) PlainInputAxis(code1, source + a * row, columns, tile + rows[a], pitch, groups);
            for (int b = 0; b < length1; b++) PlainInputAxis(code0, tile + b * pitch, rows, destination + b * step, length1 * step, groups);
        }
    }

    private static void PlainOutput(Arguments<float>* arguments, int code0, int code1)
    {
        float* source = arguments->Source, destination = arguments->Destination;
        nint step = arguments->SourceStep, row = arguments->DestinationRow, column = arguments->DestinationStep;
        int rows = arguments->Tile0, columns = arguments->Tile1;
        if (code0 == -1)
        {
            PlainOutputAxis(code1, source, step, destination, column, columns, arguments->Groups);
            return;
        }
        int length0 = Math.Abs(code0), length1 = Math.Abs(code1);
        float* tile = stackalloc float[MaxAlpha * MaxAlpha * MostGroups * Quad];
        const nint pitch = MostGroups * Quad, line = MaxAlpha * pitch;
        for (int left = arguments->Groups; left > 0; left -= MostGroups, source += pitch, destination += pitch)
        {
            int groups = Math.Min(left, MostGroups);
            for (int a = 0; a < length0; a++)
                PlainOutputAxis(code1, source + a * length1 * step, step, tile + a * line, pitch, columns, groups);
            for (int x = 0; x < columns; x++) PlainOutputAxis(code0, tile + x * pitch, line, destination + x * column, row, rows, groups);
        }
    }

    /// <summary>As <see cref="InputAxis"/>, of some vectors of tiles.</summary>
    private static void PlainInputAxis(int code, float* source, nint* offsets, float* destination, nint step, int groups)
    {
        switch (code)
        {
            case < 0:
                for (int k = 0; k < -code; k++) PlainCopy(source + offsets[k], destination + k * step, groups);
                break;
            case 3:
                PlainInput3(source, offsets, destination, step, groups);
                break;
            case 4:
                PlainInput4(source, offsets, destination, step, groups);
                break;
            case 5:
                PlainInput5(source, offsets, destination, step, groups);
                break;
            case 6:
                PlainInput6(source, offsets, destination, step, groups);
                break;
            case 7:
                PlainInput7(source, offsets, destination, step, groups);
                break;
            default:
                PlainInput8(source, offsets, destination, step, groups);
                break;
        }
    }

    private static void PlainCopy(float* source, float* destination, int groups) =>
        Unsafe.CopyBlockUnaligned(destination, source, (uint)groups * Quad * sizeof(float));

    private static void PlainInput3(float* source, nint* offsets, float* destination, nint step, int groups)
    {
        float* s0 = source + offsets[0], s1 = source + offsets[1], s2 = source + offsets[2], y1 = destination + step, y2 = y1 + step;
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            Vector128<float> d0 = Vector128.Load(s0 + i), d1 = Vector128.Load(s1 + i), d2 = Vector128.Load(s2 + i);
            (d0 - d1).Store(destination + i);
            d1.Store(y1 + i);
            (d2 - d1).Store(y2 + i);
        }
    }

    private static void PlainInput4(float* source, nint* offsets, float* destination, nint step, int groups)
    {
        float* s0 = source + offsets[0], s1 = source + offsets[1], s2 = source + offsets[2], s3 = source + offsets[3];
        float* y1 = destination + step, y2 = y1 + step, y3 = y2 + step;
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            Vector128<float> d0 = Vector128.Load(s0 + i), d1 = Vector128.Load(s1 + i), d2 = Vector128.Load(s2 + i),
                d3 = Vector128.Load(s3 + i);
            (d0 - d2).Store(destination + i);
            (d2 + d1).Store(y1 + i);
            (d2 - d1).Store(y2 + i);
            (d3 - d1).Store(y3 + i);
        }
    }

    private static void PlainInput5(float* source, nint* offsets, float* destination, nint step, int groups)
    {
        float* s0 = source + offsets[0], s1 = source + offsets[1], s2 = source + offsets[2], s3 = source + offsets[3],
            s4 = source + offsets[4];
        float* y1 = destination + step, y2 = y1 + step, y3 = y2 + step, y4 = y3 + step;
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            Vector128<float> d0 = Vector128.Load(s0 + i), d1 = Vector128.Load(s1 + i), d2 = Vector128.Load(s2 + i),
                d3 = Vector128.Load(s3 + i), d4 = Vector128.Load(s4 + i);
            Vector128<float> d3d1 = d3 - d1, d3d2 = d3 - d2, d0d2 = d0 - d2, d1d2 = d1 - d2, d1d3 = d1 - d3;
            (d0d2 + d0d2 + d3d1).Store(destination + i);
            (d3d2 - (d1 + d1)).Store(y1 + i);
            (d3d2 + (d1d2 + d1d2)).Store(y2 + i);
            d3d1.Store(y3 + i);
            (d4 - d2 + (d1d3 + d1d3)).Store(y4 + i);
        }
    }

    private static void PlainInput6(float* source, nint* offsets, float* destination, nint step, int groups)
    {
        float* s0 = source + offsets[0], s1 = source + offsets[1], s2 = source + offsets[2], s3 = source + offsets[3],
            s4 = source + offsets[4], s5 = source + offsets[5];
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
            PlainSix(
                Vector128.Load(s0 + i), Vector128.Load(s1 + i), Vector128.Load(s2 + i), Vector128.Load(s3 + i), Vector128.Load(s4 + i),
                Vector128.Load(s5 + i), destination + i, step, 5 * step);
    }

    private static void PlainInput7(float* source, nint* offsets, float* destination, nint step, int groups)
    {
        float* s0 = source + offsets[0], s1 = source + offsets[1], s2 = source + offsets[2], s3 = source + offsets[3],
            s4 = source + offsets[4], s5 = source + offsets[5], s6 = source + offsets[6];
        Vector128<float> half = Vector128.Create(-0.5f);
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            Vector128<float> d1 = Vector128.Load(s1 + i), d2 = Vector128.Load(s2 + i), d3 = Vector128.Load(s3 + i),
                d4 = Vector128.Load(s4 + i), d5 = Vector128.Load(s5 + i);
            PlainInfinity(d1, d3, d5).Store(destination + 5 * step + i);
            PlainSix(
                half * Vector128.Load(s0 + i) + d1, half * d1 + d2, half * d2 + d3, half * d3 + d4, half * d4 + d5,
                half * d5 + Vector128.Load(s6 + i), destination + i, step, 6 * step);
        }
    }

    private static void PlainInput8(float* source, nint* offsets, float* destination, nint step, int groups)
    {
        float* s0 = source + offsets[0], s1 = source + offsets[1], s2 = source + offsets[2], s3 = source + offsets[3],
            s4 = source + offsets[4], s5 = source + offsets[5], s6 = source + offsets[6], s7 = source + offsets[7];
        Vector128<float> half = Vector128.Create(0.5f), minus = Vector128.Create(-0.5f), quarter = Vector128.Create(-0.25f);
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            Vector128<float> d1 = Vector128.Load(s1 + i), d2 = Vector128.Load(s2 + i), d3 = Vector128.Load(s3 + i),
                d4 = Vector128.Load(s4 + i), d5 = Vector128.Load(s5 + i), d6 = Vector128.Load(s6 + i);
            Vector128<float> low = PlainInfinity(d1, d3, d5), high = PlainInfinity(d2, d4, d6);
            (half * low + high).Store(destination + 5 * step + i);
            (minus * low + high).Store(destination + 6 * step + i);
            PlainSix(
                quarter * Vector128.Load(s0 + i) + d2, quarter * d1 + d3, quarter * d2 + d4, quarter * d3 + d5, quarter * d4 + d6,
                quarter * d5 + Vector128.Load(s7 + i), destination + i, step, 7 * step);
        }
    }

    /// <summary>As <see cref="InputSix"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PlainSix(Vector128<float> d0, Vector128<float> d1, Vector128<float> d2, Vector128<float> d3, Vector128<float> d4,
        Vector128<float> d5, float* destination, nint step, nint infinity)
    {
        Vector128<float> twice1 = d1 + d1, twice2 = d2 + d2, even = d4 - (twice2 + twice2), odd = d3 - (twice1 + twice1);
        Vector128<float> d4d2 = d4 - d2, d3d1 = d3 - d1, twiceOdd = d3d1 + d3d1;
        PlainInfinity(d0, d2, d4).Store(destination);
        (even + odd).Store(destination + step);
        (even - odd).Store(destination + 2 * step);
        (d4d2 + twiceOdd).Store(destination + 3 * step);
        (d4d2 - twiceOdd).Store(destination + 4 * step);
        PlainInfinity(d1, d3, d5).Store(destination + infinity);
    }

    /// <summary>As <see cref="Infinity"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> PlainInfinity(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        Vector128<float> twice = a - b;
        twice += twice;
        return twice + twice + (c - b);
    }

    /// <summary>As <see cref="OutputAxis"/>, of some vectors of tiles.</summary>
    private static void PlainOutputAxis(int code, float* source, nint step, float* destination, nint distance, int tile, int groups)
    {
        switch (code)
        {
            case < 0:
                for (int k = 0; k < -code; k++) PlainCopy(source + k * step, destination + k * distance, groups);
                break;
            case 3:
                PlainOutput3(source, step, destination, distance, groups);
                break;
            case 4:
                PlainOutput4(source, step, destination, distance, tile, groups);
                break;
            case <= 6:
                PlainOutput6(code, source, step, destination, distance, tile, groups);
                break;
            default:
                PlainOutput8(code, source, step, destination, distance, tile, groups);
                break;
        }
    }

    private static void PlainOutput3(float* source, nint step, float* destination, nint distance, int groups)
    {
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            float* from = source + i;
            Vector128<float> m1 = Vector128.Load(from + step);
            (Vector128.Load(from) + m1).Store(destination + i);
            (m1 + Vector128.Load(from + 2 * step)).Store(destination + distance + i);
        }
    }

    private static void PlainOutput4(float* source, nint step, float* destination, nint distance, int tile, int groups)
    {
        float* second = destination + distance, third = second + distance;
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            float* from = source + i;
            Vector128<float> m1 = Vector128.Load(from + step), m2 = Vector128.Load(from + 2 * step), last = Vector128.Load(from + 3 * step);
            Vector128<float> sum = m1 + m2, difference = m1 - m2;
            (Vector128.Load(from) + sum).Store(destination + i);
            if (tile == 2)
            {
                (difference + last).Store(second + i);
                continue;
            }
            difference.Store(second + i);
            (sum + last).Store(third + i);
        }
    }

    private static void PlainOutput6(int code, float* source, nint step, float* destination, nint distance, int tile, int groups)
    {
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            float* from = source + i, to = destination + i;
            Vector128<float> m1 = Vector128.Load(from + step), m2 = Vector128.Load(from + 2 * step), even = Vector128.Load(from + 3 * step),
                odd = even, last = Vector128.Load(from + 4 * step);
            if (code == 6)
            {
                even += last;
                odd -= last;
                last = Vector128.Load(from + 5 * step);
            }
            Vector128<float> sum = m1 + m2, difference = m1 - m2;
            (Vector128.Load(from) + (sum + even)).Store(to);
            odd += odd;
            Vector128<float> y1 = difference + odd;
            if (tile == 2)
            {
                (y1 + last).Store(to + distance);
                continue;
            }
            y1.Store(to + distance);
            even += even;
            Vector128<float> y2 = sum + (even + even);
            if (tile == 3)
            {
                (y2 + last).Store(to + 2 * distance);
                continue;
            }
            y2.Store(to + 2 * distance);
            odd += odd;
            (difference + (odd + odd) + last).Store(to + 3 * distance);
        }
    }

    private static void PlainOutput8(int code, float* source, nint step, float* destination, nint distance, int tile, int groups)
    {
        Vector128<float> half = Vector128.Create(0.5f), quarter = Vector128.Create(0.25f), eighth = Vector128.Create(0.125f);
        for (nint i = 0, end = groups * Quad; i < end; i += Quad)
        {
            float* from = source + i, to = destination + i;
            Vector128<float> m1 = Vector128.Load(from + step), m2 = Vector128.Load(from + 2 * step), m3 = Vector128.Load(from + 3 * step),
                m4 = Vector128.Load(from + 4 * step), even5 = Vector128.Load(from + 5 * step), odd5 = even5,
                last = Vector128.Load(from + 6 * step);
            if (code == 8)
            {
                even5 += last;
                odd5 -= last;
                last = Vector128.Load(from + 7 * step);
            }
            Vector128<float> sum = m1 + m2, difference = m1 - m2, even = m3 + m4, odd = m3 - m4;
            (Vector128.Load(from) + (sum + even) + even5).Store(to);
            odd += odd;
            Vector128<float> y1 = half * odd5 + (difference + odd);
            if (tile == 2)
            {
                (y1 + last).Store(to + distance);
                continue;
            }
            y1.Store(to + distance);
            even += even;
            Vector128<float> y2 = quarter * even5 + (sum + (even + even));
            if (tile == 3)
            {
                (y2 + last).Store(to + 2 * distance);
                continue;
            }
            y2.Store(to + 2 * distance);
            odd += odd;
            (eighth * odd5 + (difference + (odd + odd)) + last).Store(to + 3 * distance);
        }
    }
}
