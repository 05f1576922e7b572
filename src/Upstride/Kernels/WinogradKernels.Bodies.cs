using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels;

// The two transforms: a tile at a time over both axes, each axis by the same code.
internal static unsafe partial class WinogradKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Input<T, TVector, TSimd, TAlpha0, TAlpha1>(Arguments<T>* arguments)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
        where TAlpha0 : unmanaged
        where TAlpha1 : unmanaged
    {
        TVector* vectors = stackalloc TVector[MaxAlpha * MaxAlpha + Simd.Line / sizeof(TVector)];
        T* tile = (T*)Simd.AtLine(vectors);
        T* source = arguments->Source;
        T* destination = arguments->Destination;
        nint* columns = arguments->Columns;
        nint row = arguments->SourceRow, step = arguments->DestinationStep;
        nint* rows = stackalloc nint[MaxAlpha];
        for (int a = 0; a < MaxAlpha; a++) rows[a] = (nint)a * Length<TAlpha1>() * TSimd.Lanes;
        for (int group = arguments->Groups; group > 0; group--, source += TSimd.Lanes, destination += TSimd.Lanes)
        {
            // Along a row from the source to the tile, then along a column from the tile to the frequencies.
            if (sizeof(TAlpha0) == sizeof(Same1))
            {
                InputAxis<T, TVector, TSimd, TAlpha1>(source, columns, destination, step);
                continue;
            }
            for (int a = 0; a < Length<TAlpha0>(); a++) InputAxis<T, TVector, TSimd, TAlpha1>(source + a * row, columns, tile + rows[a], TSimd.Lanes);
            for (int b = 0; b < Length<TAlpha1>(); b++)
                InputAxis<T, TVector, TSimd, TAlpha0>(tile + b * TSimd.Lanes, rows, destination + b * step, Length<TAlpha1>() * step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Output<T, TVector, TSimd, TAlpha0, TAlpha1>(Arguments<T>* arguments)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
        where TAlpha0 : unmanaged
        where TAlpha1 : unmanaged
    {
        TVector* vectors = stackalloc TVector[MaxAlpha * MaxAlpha + Simd.Line / sizeof(TVector)];
        T* tile = (T*)Simd.AtLine(vectors);
        T* source = arguments->Source;
        T* destination = arguments->Destination;
        nint step = arguments->SourceStep, row = arguments->DestinationRow, column = arguments->DestinationStep, pitch = MaxAlpha * TSimd.Lanes;
        int rows = arguments->Tile0, columns = arguments->Tile1;
        for (int group = arguments->Groups; group > 0; group--, source += TSimd.Lanes, destination += TSimd.Lanes)
        {
            // Along a row from the frequencies to the tile, then along a column from the tile to the results.
            if (sizeof(TAlpha0) == sizeof(Same1))
            {
                OutputAxis<T, TVector, TSimd, TAlpha1>(source, step, destination, column, columns);
                continue;
            }
            for (int a = 0; a < Length<TAlpha0>(); a++)
                OutputAxis<T, TVector, TSimd, TAlpha1>(source + a * Length<TAlpha1>() * step, step, tile + a * pitch, TSimd.Lanes, columns);
            for (int x = 0; x < columns; x++) OutputAxis<T, TVector, TSimd, TAlpha0>(tile + x * TSimd.Lanes, pitch, destination + x * column, row, rows);
        }
    }

    /// <summary>One axis of the input transform: from elements at their offsets to frequencies a step apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputAxis<T, TVector, TSimd, TAlpha>(T* source, nint* offsets, T* destination, nint step)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
        where TAlpha : unmanaged
    {
        if (sizeof(TAlpha) > Same)
        {
            for (int k = 0; k < sizeof(TAlpha) - Same; k++) TSimd.Store(TSimd.Load(source + offsets[k]), destination + k * step);
            return;
        }
        TVector d0 = TSimd.Load(source + offsets[0]), d1 = TSimd.Load(source + offsets[1]), d2 = TSimd.Load(source + offsets[2]);
        if (sizeof(TAlpha) == 3)
        {
            TSimd.Store(d1, destination + step);
            TSimd.Store(TSimd.Subtract(d0, d1), destination);
            TSimd.Store(TSimd.Subtract(d2, d1), destination + 2 * step);
            return;
        }
        TVector d3 = TSimd.Load(source + offsets[3]);
        if (sizeof(TAlpha) == 4)
        {
            TSimd.Store(TSimd.Subtract(d0, d2), destination);
            TSimd.Store(TSimd.Add(d2, d1), destination + step);
            TSimd.Store(TSimd.Subtract(d2, d1), destination + 2 * step);
            TSimd.Store(TSimd.Subtract(d3, d1), destination + 3 * step);
            return;
        }
        TVector d4 = TSimd.Load(source + offsets[4]);
        if (sizeof(TAlpha) == 5)
        {
            // 2 d0 - d1 - 2 d2 + d3; d3 - d2 - 2 d1; d3 - 3 d2 + 2 d1; d3 - d1; 2 d1 - d2 - 2 d3 + d4.
            TVector d3d1 = TSimd.Subtract(d3, d1), d0d2 = TSimd.Subtract(d0, d2), d1d2 = TSimd.Subtract(d1, d2), d1d3 = TSimd.Subtract(d1, d3);
            TSimd.Store(TSimd.Add(TSimd.Add(d0d2, d0d2), d3d1), destination);
            TSimd.Store(TSimd.Subtract(TSimd.Subtract(d3, d2), TSimd.Add(d1, d1)), destination + step);
            TSimd.Store(TSimd.Add(TSimd.Subtract(d3, d2), TSimd.Add(d1d2, d1d2)), destination + 2 * step);
            TSimd.Store(d3d1, destination + 3 * step);
            TSimd.Store(TSimd.Add(TSimd.Subtract(d4, d2), TSimd.Add(d1d3, d1d3)), destination + 4 * step);
            return;
        }
        TVector d5 = TSimd.Load(source + offsets[5]);
        if (sizeof(TAlpha) == 6)
        {
            InputSix<T, TVector, TSimd>(d0, d1, d2, d3, d4, d5, destination, step, 5 * step);
            return;
        }

        // A further point c is a further factor x - c for the others, which is a difference of neighbours; for c itself the others' product is the row of infinity.
        TVector d6 = TSimd.Load(source + offsets[6]), low = Infinity<T, TVector, TSimd>(d1, d3, d5);
        if (sizeof(TAlpha) == 7)
        {
            TVector minusHalf = TSimd.Broadcast(T.CreateChecked(-0.5));
            TSimd.Store(low, destination + 5 * step);
            InputSix<T, TVector, TSimd>(
                TSimd.MultiplyAdd(minusHalf, d0, d1), TSimd.MultiplyAdd(minusHalf, d1, d2), TSimd.MultiplyAdd(minusHalf, d2, d3),
                TSimd.MultiplyAdd(minusHalf, d3, d4), TSimd.MultiplyAdd(minusHalf, d4, d5), TSimd.MultiplyAdd(minusHalf, d5, d6), destination, step, 6 * step);
            return;
        }
        TVector half = TSimd.Broadcast(T.CreateChecked(0.5)), minus = TSimd.Broadcast(T.CreateChecked(-0.5)), high = Infinity<T, TVector, TSimd>(d2, d4, d6);
        TSimd.Store(TSimd.MultiplyAdd(half, low, high), destination + 5 * step);
        TSimd.Store(TSimd.MultiplyAdd(minus, low, high), destination + 6 * step);
        TVector d7 = TSimd.Load(source + offsets[7]), minusQuarter = TSimd.Broadcast(T.CreateChecked(-0.25));
        InputSix<T, TVector, TSimd>(
            TSimd.MultiplyAdd(minusQuarter, d0, d2), TSimd.MultiplyAdd(minusQuarter, d1, d3), TSimd.MultiplyAdd(minusQuarter, d2, d4),
            TSimd.MultiplyAdd(minusQuarter, d3, d5), TSimd.MultiplyAdd(minusQuarter, d4, d6), TSimd.MultiplyAdd(minusQuarter, d5, d7), destination, step, 7 * step);
    }

    /// <summary>The points 0, 1, -1, 2 and -2, a step apart, and infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputSix<T, TVector, TSimd>(TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, T* destination, nint step, nint infinity)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
    {
        // 4 d0 - 5 d2 + d4; (d4 - 4 d2) +- (d3 - 4 d1); (d4 - d2) +- 2 (d3 - d1); 4 d1 - 5 d3 + d5.
        TVector even = TSimd.Subtract(d4, Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(d2)));
        TVector odd = TSimd.Subtract(d3, Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(d1)));
        TVector d4d2 = TSimd.Subtract(d4, d2), twiceOdd = Twice<T, TVector, TSimd>(TSimd.Subtract(d3, d1));
        TSimd.Store(Infinity<T, TVector, TSimd>(d0, d2, d4), destination);
        TSimd.Store(TSimd.Add(even, odd), destination + step);
        TSimd.Store(TSimd.Subtract(even, odd), destination + 2 * step);
        TSimd.Store(TSimd.Add(d4d2, twiceOdd), destination + 3 * step);
        TSimd.Store(TSimd.Subtract(d4d2, twiceOdd), destination + 4 * step);
        TSimd.Store(Infinity<T, TVector, TSimd>(d1, d3, d5), destination + infinity);
    }

    /// <summary>4 a - 5 b + c: the product of (x - 1)(x + 1)(x - 2)(x + 2), in even powers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Infinity<T, TVector, TSimd>(TVector a, TVector b, TVector c)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T> =>
        TSimd.Add(Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(TSimd.Subtract(a, b))), TSimd.Subtract(c, b));

    /// <summary>One axis of the output transform: from frequencies a step apart to <paramref name="tile"/> results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputAxis<T, TVector, TSimd, TAlpha>(T* source, nint step, T* destination, nint distance, int tile)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
        where TAlpha : unmanaged
    {
        if (sizeof(TAlpha) > Same)
        {
            for (int k = 0; k < sizeof(TAlpha) - Same; k++) TSimd.Store(TSimd.Load(source + k * step), destination + k * distance);
            return;
        }
        TVector m0 = TSimd.Load(source), m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + 2 * step);
        if (sizeof(TAlpha) == 3)
        {
            TSimd.Store(TSimd.Add(m0, m1), destination);
            TSimd.Store(TSimd.Add(m1, m2), destination + distance);
            return;
        }
        TVector m3 = TSimd.Load(source + 3 * step);
        TVector sum = TSimd.Add(m1, m2), difference = TSimd.Subtract(m1, m2);
        TVector last;
        if (sizeof(TAlpha) == 4)
        {
            last = m3;
            TSimd.Store(TSimd.Add(m0, sum), destination);
            if (tile == 2)
            {
                TSimd.Store(TSimd.Add(difference, last), destination + distance);
                return;
            }
            TSimd.Store(difference, destination + distance);
            TSimd.Store(TSimd.Add(sum, last), destination + 2 * distance);
            return;
        }
        TVector even, odd;
        TVector m4 = TSimd.Load(source + 4 * step);
        if (sizeof(TAlpha) == 5)
        {
            (even, odd, last) = (m3, m3, m4);
        }
        else
        {
            (even, odd, last) = (TSimd.Add(m3, m4), TSimd.Subtract(m3, m4), TSimd.Load(source + (sizeof(TAlpha) - 1) * step));
        }
        TVector y0 = TSimd.Add(m0, TSimd.Add(sum, even));
        TVector y1 = TSimd.Add(difference, Twice<T, TVector, TSimd>(odd));
        TVector y2 = TSimd.Add(sum, Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(even)));
        TVector y3 = TSimd.Add(difference, Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(odd))));
        if (sizeof(TAlpha) > 6)
        {
            // The powers of 1/2 and -1/2.
            TVector m5 = TSimd.Load(source + 5 * step), even5 = m5, odd5 = m5;
            if (sizeof(TAlpha) == 8)
            {
                TVector m6 = TSimd.Load(source + 6 * step);
                (even5, odd5) = (TSimd.Add(m5, m6), TSimd.Subtract(m5, m6));
            }
            y0 = TSimd.Add(y0, even5);
            y1 = TSimd.MultiplyAdd(TSimd.Broadcast(T.CreateChecked(0.5)), odd5, y1);
            y2 = TSimd.MultiplyAdd(TSimd.Broadcast(T.CreateChecked(0.25)), even5, y2);
            y3 = TSimd.MultiplyAdd(TSimd.Broadcast(T.CreateChecked(0.125)), odd5, y3);
        }
        TSimd.Store(y0, destination);
        TSimd.Store(tile == 2 ? TSimd.Add(y1, last) : y1, destination + distance);
        if (tile > 2) TSimd.Store(tile == 3 ? TSimd.Add(y2, last) : y2, destination + 2 * distance);
        if (tile > 3) TSimd.Store(TSimd.Add(y3, last), destination + 3 * distance);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Length<TAlpha>()
        where TAlpha : unmanaged => sizeof(TAlpha) > Same ? sizeof(TAlpha) - Same : sizeof(TAlpha);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Twice<T, TVector, TSimd>(TVector value)
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T> => TSimd.Add(value, value);
}
