using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The two transforms of Winograd's convolution around its products, lane by lane: a vector holds the same element of neighbouring tiles.
/// </summary>
/// <remarks>
/// Contract. A tile has alpha0 x alpha1 elements, alpha = m + taps - 1 along an axis that is transformed and 1 along one that is not; the
/// points are 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, the first alpha - 1 and the last. <see cref="Arguments{T}.Groups"/> vectors of tiles are done,
/// each a vector further in both tensors.
/// Input: element (a, b) of a tile lies at Source + a*SourceRow + Columns[b]; frequency (a, b) goes to Destination + (a*alpha1 + b)*DestinationStep.
/// Output: frequency (a, b) lies at Source + (a*alpha1 + b)*SourceStep; element (y, x) goes to Destination + y*DestinationRow + x*DestinationStep.
/// Whole vectors are read and written, at any alignment. The arguments are not checked.
/// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015; the matrices are those of Toom and Cook at these points.
/// </remarks>
internal static unsafe class Winograd
{
    /// <summary>The most elements a tile has along an axis.</summary>
    public const int MaximalAlpha = 8;

    /// <summary>Operands of a call; the contract stands at <see cref="Winograd"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* Source;
        public T* Destination;
        public nint* Columns;
        public nint SourceRow;
        public nint SourceStep;
        public nint DestinationRow;
        public nint DestinationStep;
        public int Groups;
        public int Tile0;
        public int Tile1;
    }

    /// <summary>The points of the first alpha - 1 elements of a transformed axis; the last one's is infinity.</summary>
    public static ReadOnlySpan<double> Points => [0, 1, -1, 2, -2, 0.5, -0.5];

    /// <summary>The input transform of a pair of axes at a width, a <c>delegate*&lt;Arguments&lt;T&gt;*, void&gt;</c>. An axis of one tap is left as it is.</summary>
    public static nint InputKernel<T>(SimdWidth width, (int Alpha, int Taps) axis0, (int Alpha, int Taps) axis1)
        where T : unmanaged, INumber<T> => At<T>(width, Code(axis0), Code(axis1), input: true);

    /// <summary>The output transform of a pair of axes at a width, a <c>delegate*&lt;Arguments&lt;T&gt;*, void&gt;</c>. An axis of one tap is left as it is.</summary>
    public static nint OutputKernel<T>(SimdWidth width, (int Alpha, int Taps) axis0, (int Alpha, int Taps) axis1)
        where T : unmanaged, INumber<T> => At<T>(width, Code(axis0), Code(axis1), input: false);

    /// <summary>
    /// Weights in the transformed domain: for each element k of an axis the factors of the taps, so that the tile's weight is the sum of
    /// factor times tap. [alpha, taps].
    /// </summary>
    public static double[,] WeightMatrix(int alpha, int taps)
    {
        var matrix = new double[alpha, taps];
        if (taps == 1)
        {
            for (int k = 0; k < alpha; k++) matrix[k, 0] = 1;
            return matrix;
        }
        for (int k = 0; k < alpha - 1; k++)
        {
            double norm = 1, power = 1;
            for (int other = 0; other < alpha - 1; other++)
                if (other != k) norm *= Points[k] - Points[other];
            // The input transform of point 0 is written with the sign that begins with plus one where the product of the others is minus one.
            if (k == 0) norm *= Sign(alpha);
            for (int tap = 0; tap < taps; tap++, power *= Points[k]) matrix[k, tap] = power / norm;
        }
        matrix[alpha - 1, taps - 1] = 1;
        return matrix;
    }

    // With three points (0, 1) and with four (0, 1, -1) the plain form of point 0 begins with -1; it is negated on both sides.
    private static int Sign(int alpha) => alpha <= 4 ? -1 : 1;

    private static nint At<T>(SimdWidth width, int alpha0, int alpha1, bool input)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => First<T, Vector512<T>, Simd512<T>>(alpha0, alpha1, input),
            SimdWidth.Bits256 => First<T, Vector256<T>, Simd256<T>>(alpha0, alpha1, input),
            SimdWidth.Bits128 => First<T, Vector128<T>, Simd128<T>>(alpha0, alpha1, input),
            _ => First<T, T, SimdScalar<T>>(alpha0, alpha1, input),
        };

    // The kernels tell an axis by one number: its elements where it is transformed, the negative of them where it is left as it is.
    private static int Code((int Alpha, int Taps) axis) => axis.Taps == 1 ? -axis.Alpha : axis.Alpha;

    private static nint First<T, TVector, TSimd>(int code0, int code1, bool input)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T> => code0 switch
        {
            -1 => Second<T, TVector, TSimd, Same1>(code1, input),
            -2 => Second<T, TVector, TSimd, Same2>(code1, input),
            -3 => Second<T, TVector, TSimd, Same3>(code1, input),
            -4 => Second<T, TVector, TSimd, Same4>(code1, input),
            3 => Second<T, TVector, TSimd, Constant3>(code1, input),
            4 => Second<T, TVector, TSimd, Constant4>(code1, input),
            5 => Second<T, TVector, TSimd, Constant5>(code1, input),
            6 => Second<T, TVector, TSimd, Constant6>(code1, input),
            7 => Second<T, TVector, TSimd, Constant7>(code1, input),
            8 => Second<T, TVector, TSimd, Constant8>(code1, input),
            _ => throw new ArgumentOutOfRangeException(nameof(code0)),
        };

    private static nint Second<T, TVector, TSimd, TAlpha0>(int code1, bool input)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
        where TAlpha0 : struct, IConstant => code1 switch
        {
            -2 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Same2> : &Output<T, TVector, TSimd, TAlpha0, Same2>),
            -3 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Same3> : &Output<T, TVector, TSimd, TAlpha0, Same3>),
            -4 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Same4> : &Output<T, TVector, TSimd, TAlpha0, Same4>),
            3 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Constant3> : &Output<T, TVector, TSimd, TAlpha0, Constant3>),
            4 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Constant4> : &Output<T, TVector, TSimd, TAlpha0, Constant4>),
            5 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Constant5> : &Output<T, TVector, TSimd, TAlpha0, Constant5>),
            6 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Constant6> : &Output<T, TVector, TSimd, TAlpha0, Constant6>),
            7 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Constant7> : &Output<T, TVector, TSimd, TAlpha0, Constant7>),
            8 => Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, Constant8> : &Output<T, TVector, TSimd, TAlpha0, Constant8>),
            _ => throw new ArgumentOutOfRangeException(nameof(code1)),
        };

    private static nint Address<T>(delegate*<Arguments<T>*, void> kernel)
        where T : unmanaged => (nint)kernel;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Input<T, TVector, TSimd, TAlpha0, TAlpha1>(Arguments<T>* arguments)
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
        where TAlpha0 : struct, IConstant
        where TAlpha1 : struct, IConstant
    {
        TVector* vectors = stackalloc TVector[MaximalAlpha * MaximalAlpha + Simd.Line / sizeof(TVector)];
        T* tile = (T*)Simd.AtLine(vectors);
        T* source = arguments->Source;
        T* destination = arguments->Destination;
        nint* columns = arguments->Columns;
        nint row = arguments->SourceRow, step = arguments->DestinationStep;
        nint* rows = stackalloc nint[MaximalAlpha];
        for (int a = 0; a < MaximalAlpha; a++) rows[a] = (nint)a * Length<TAlpha1>() * TSimd.Lanes;
        for (int group = arguments->Groups; group > 0; group--, source += TSimd.Lanes, destination += TSimd.Lanes)
        {
            // Along a row from the source to the tile, then along a column from the tile to the frequencies.
            if (TAlpha0.Value == -1)
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
        where TAlpha0 : struct, IConstant
        where TAlpha1 : struct, IConstant
    {
        TVector* vectors = stackalloc TVector[MaximalAlpha * MaximalAlpha + Simd.Line / sizeof(TVector)];
        T* tile = (T*)Simd.AtLine(vectors);
        T* source = arguments->Source;
        T* destination = arguments->Destination;
        nint step = arguments->SourceStep, row = arguments->DestinationRow, column = arguments->DestinationStep, pitch = MaximalAlpha * TSimd.Lanes;
        int rows = arguments->Tile0, columns = arguments->Tile1;
        for (int group = arguments->Groups; group > 0; group--, source += TSimd.Lanes, destination += TSimd.Lanes)
        {
            // Along a row from the frequencies to the tile, then along a column from the tile to the results.
            if (TAlpha0.Value == -1)
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
        where TAlpha : struct, IConstant
    {
        if (TAlpha.Value < 0)
        {
            for (int k = 0; k < -TAlpha.Value; k++) TSimd.Store(TSimd.Load(source + offsets[k]), destination + k * step);
            return;
        }
        TVector d0 = TSimd.Load(source + offsets[0]), d1 = TSimd.Load(source + offsets[1]), d2 = TSimd.Load(source + offsets[2]);
        if (TAlpha.Value == 3)
        {
            TSimd.Store(d1, destination + step);
            TSimd.Store(TSimd.Subtract(d0, d1), destination);
            TSimd.Store(TSimd.Subtract(d2, d1), destination + 2 * step);
            return;
        }
        TVector d3 = TSimd.Load(source + offsets[3]);
        if (TAlpha.Value == 4)
        {
            TSimd.Store(TSimd.Subtract(d0, d2), destination);
            TSimd.Store(TSimd.Add(d2, d1), destination + step);
            TSimd.Store(TSimd.Subtract(d2, d1), destination + 2 * step);
            TSimd.Store(TSimd.Subtract(d3, d1), destination + 3 * step);
            return;
        }
        TVector d4 = TSimd.Load(source + offsets[4]);
        if (TAlpha.Value == 5)
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
        if (TAlpha.Value == 6)
        {
            InputSix<T, TVector, TSimd>(d0, d1, d2, d3, d4, d5, destination, step, 5 * step);
            return;
        }

        // A further point c is a further factor x - c for the others, which is a difference of neighbours; for c itself the others' product is the row of infinity.
        TVector d6 = TSimd.Load(source + offsets[6]), low = Infinity<T, TVector, TSimd>(d1, d3, d5);
        if (TAlpha.Value == 7)
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
        where TAlpha : struct, IConstant
    {
        if (TAlpha.Value < 0)
        {
            for (int k = 0; k < -TAlpha.Value; k++) TSimd.Store(TSimd.Load(source + k * step), destination + k * distance);
            return;
        }
        TVector m0 = TSimd.Load(source), m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + 2 * step);
        if (TAlpha.Value == 3)
        {
            TSimd.Store(TSimd.Add(m0, m1), destination);
            TSimd.Store(TSimd.Add(m1, m2), destination + distance);
            return;
        }
        TVector m3 = TSimd.Load(source + 3 * step);
        TVector sum = TSimd.Add(m1, m2), difference = TSimd.Subtract(m1, m2);
        TVector last;
        if (TAlpha.Value == 4)
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
        if (TAlpha.Value == 5)
        {
            (even, odd, last) = (m3, m3, m4);
        }
        else
        {
            (even, odd, last) = (TSimd.Add(m3, m4), TSimd.Subtract(m3, m4), TSimd.Load(source + (TAlpha.Value - 1) * step));
        }
        TVector y0 = TSimd.Add(m0, TSimd.Add(sum, even));
        TVector y1 = TSimd.Add(difference, Twice<T, TVector, TSimd>(odd));
        TVector y2 = TSimd.Add(sum, Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(even)));
        TVector y3 = TSimd.Add(difference, Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(Twice<T, TVector, TSimd>(odd))));
        if (TAlpha.Value > 6)
        {
            // The powers of 1/2 and -1/2.
            TVector m5 = TSimd.Load(source + 5 * step), even5 = m5, odd5 = m5;
            if (TAlpha.Value == 8)
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
        where TAlpha : struct, IConstant => TAlpha.Value < 0 ? -TAlpha.Value : TAlpha.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Twice<T, TVector, TSimd>(TVector value)
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T> => TSimd.Add(value, value);

    private readonly struct Same1 : IConstant
    {
        public static int Value => -1;
    }

    private readonly struct Same2 : IConstant
    {
        public static int Value => -2;
    }

    private readonly struct Same3 : IConstant
    {
        public static int Value => -3;
    }

    private readonly struct Same4 : IConstant
    {
        public static int Value => -4;
    }
}
