using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Kernels.Functions;

namespace Upstride.Kernels;

/// <summary>Pointwise functions in place, over rows that lie in the first cache. Any length; the arguments are not checked.</summary>
internal static class Pointwise
{
    // Half precision is computed in single, so many elements at a time.
    private const int HalfPiece = 256;

    /// <summary>row[i] += addend.</summary>
    public static void Add<T>(Span<T> row, T addend)
        where T : INumber<T>
    {
        if (Simd.IsInterpreted && typeof(T) == typeof(float))
            Interpreted.Add(MemoryMarshal.CreateSpan(ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(row)), row.Length),
                float.CreateTruncating(addend));
        else if (HasVectors<T>()) Run<T, Sum<T>>(row, addend);
        else TensorPrimitives.Add(row, addend, row);
    }

    /// <summary>row[i] += addends[i].</summary>
    public static void Add<T>(Span<T> row, ReadOnlySpan<T> addends)
        where T : INumber<T>
    {
        if (HasVectors<T>()) Run<T, Sum<T>>(row, addends);
        else TensorPrimitives.Add(row, addends, row);
    }

    /// <summary>row[i] = the larger of it and a bound; NaN stays NaN.</summary>
    public static void Max<T>(Span<T> row, T bound)
        where T : INumber<T>
    {
        if (HasVectors<T>()) Run<T, Largest<T>>(row, bound);
        else TensorPrimitives.Max(row, bound, row);
    }

    /// <summary>row[i] = the smaller of it and a bound; NaN stays NaN.</summary>
    public static void Min<T>(Span<T> row, T bound)
        where T : INumber<T>
    {
        if (HasVectors<T>()) Run<T, Least<T>>(row, bound);
        else TensorPrimitives.Min(row, bound, row);
    }

    /// <summary>row[i] = row[i] where positive, else slope * row[i]; NaN stays NaN.</summary>
    public static void LeakyRelu<T>(Span<T> row, T slope)
        where T : INumber<T>
    {
        if (Simd.IsInterpreted && typeof(T) == typeof(float))
            Interpreted.LeakyRelu(MemoryMarshal.CreateSpan(ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(row)), row.Length),
                float.CreateTruncating(slope));
        else Run<T, Sloped<T>>(row, slope);
    }

    /// <summary>row[i] = row[i] where positive, else slopes[i] * row[i].</summary>
    public static void LeakyRelu<T>(Span<T> row, ReadOnlySpan<T> slopes)
        where T : INumber<T> => Run<T, Sloped<T>>(row, slopes);

    /// <summary>
    /// row[i] = row[i] + addend + more[i], the latter where there are such, held within bounds as <see cref="Simd.Bound{T}"/> does; sums
    /// have the bits of one step after the other.
    /// </summary>
    public static void AddAndBound<T>(Span<T> row, T addend, ReadOnlySpan<T> more, T least, T most)
        where T : INumber<T> => Run(row, addend, more, new Bounds<T>(least, most));

    /// <summary>The same with what is not positive times a slope.</summary>
    public static void AddAndSlope<T>(Span<T> row, T addend, ReadOnlySpan<T> more, T slope)
        where T : INumber<T> => Run(row, addend, more, new Slope<T>(slope));

    /// <summary>
    /// row[i] = tanh(row[i]), float, double or Half: odd, 0 at 0, and the same for an element wherever it lies in the row.
    /// </summary>
    public static void Tanh<T>(Span<T> row) => Apply<T, Tanh>(row);

    /// <summary>row[i] = 1 / (1 + exp(-row[i])), float, double or Half: the same for an element wherever it lies in the row.</summary>
    public static void Sigmoid<T>(Span<T> row) => Apply<T, Sigmoid>(row);

    /// <summary>Calls a function of single precision over rows of float or Half, which it gets as float.</summary>
    public static void Apply<T>(Action<Span<float>> function, Span<T> row)
    {
        if (typeof(T) == typeof(Half)) InSingle(function, Reinterpret.As<T, Half>(row));
        else function(Reinterpret.As<T, float>(row));
    }

    private static void InSingle(Action<Span<float>> function, Span<Half> row)
    {
        Span<float> wide = stackalloc float[HalfPiece];
        for (; !row.IsEmpty; row = row[Math.Min(HalfPiece, row.Length)..])
        {
            Span<Half> piece = row[..Math.Min(HalfPiece, row.Length)];
            Span<float> computed = wide[..piece.Length];
            TensorPrimitives.ConvertToSingle(piece, computed);
            function(computed);
            TensorPrimitives.ConvertToHalf(computed, piece);
        }
    }

    private static void Apply<T, TFunction>(Span<T> row)
        where TFunction : struct, IVectorFunction<float>, IVectorFunction<double>
    {
        if (typeof(T) == typeof(float))
        {
            Span<float> singles = Reinterpret.As<T, float>(row);
            VectorFunction.Apply<float, TFunction>(default, singles, singles);
        }
        else if (typeof(T) == typeof(double))
        {
            Span<double> doubles = Reinterpret.As<T, double>(row);
            VectorFunction.Apply<double, TFunction>(default, doubles, doubles);
        }
        else if (typeof(T) == typeof(Half))
        {
            InSingle(static values => VectorFunction.Apply<float, TFunction>(default, values, values), Reinterpret.As<T, Half>(row));
        }
        else
        {
            throw new NotSupportedException($"there are no vectors of {typeof(T).Name}");
        }
    }

    /// <summary>Whether there are vectors of these elements, which <see cref="AddAndBound"/> and <see cref="AddAndSlope"/> need.</summary>
    public static bool HasVectors<T>() => !Simd.IsInterpreted && Vector<T>.IsSupported && Vector.IsHardwareAccelerated;

    // Optimised at the first call: these run between the tiles of a first run, over as many elements as its outputs have.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TOperation>(Span<T> row, T operand)
        where T : INumber<T>
        where TOperation : struct, IOperation<T>
    {
        int i = 0;
        if (Vector<T>.IsSupported && Vector.IsHardwareAccelerated)
        {
            ref T start = ref MemoryMarshal.GetReference(row);
            var operands = new Vector<T>(operand);
            for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
                TOperation.Of(Vector.LoadUnsafe(ref start, (nuint)i), operands).StoreUnsafe(ref start, (nuint)i);
        }
        for (; i < row.Length; i++) row[i] = TOperation.Of(row[i], operand);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TOperation>(Span<T> row, ReadOnlySpan<T> operands)
        where T : INumber<T>
        where TOperation : struct, IOperation<T>
    {
        int i = 0;
        if (Vector<T>.IsSupported && Vector.IsHardwareAccelerated)
        {
            ref T start = ref MemoryMarshal.GetReference(row), operand = ref MemoryMarshal.GetReference(operands);
            for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                TOperation.Of(Vector.LoadUnsafe(ref start, (nuint)i), Vector.LoadUnsafe(ref operand, (nuint)i))
                    .StoreUnsafe(ref start, (nuint)i);
            }
        }
        for (; i < row.Length; i++) row[i] = TOperation.Of(row[i], operands[i]);
    }

    // One way over the row where there would be three. The last vector, which may overlap the one before, is made before that is written.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TShape>(Span<T> row, T addend, ReadOnlySpan<T> more, TShape shape)
        where T : INumber<T>
        where TShape : struct, IShape<T>
    {
        int last = row.Length - Vector<T>.Count;
        if (last < 0)
        {
            for (int j = 0; j < row.Length; j++)
            {
                T sum = row[j] + addend;
                row[j] = shape.Of(more.IsEmpty ? sum : sum + more[j]);
            }
            return;
        }
        ref T start = ref MemoryMarshal.GetReference(row), added = ref MemoryMarshal.GetReference(more);
        var addends = new Vector<T>(addend);
        Vector<T> end = Vector.LoadUnsafe(ref start, (nuint)last) + addends;
        if (more.IsEmpty)
        {
            end = shape.Of(end);
            for (int i = 0; i < last; i += Vector<T>.Count)
                shape.Of(Vector.LoadUnsafe(ref start, (nuint)i) + addends).StoreUnsafe(ref start, (nuint)i);
        }
        else
        {
            end = shape.Of(end + Vector.LoadUnsafe(ref added, (nuint)last));
            for (int i = 0; i < last; i += Vector<T>.Count)
            {
                shape.Of(Vector.LoadUnsafe(ref start, (nuint)i) + addends + Vector.LoadUnsafe(ref added, (nuint)i))
                    .StoreUnsafe(ref start, (nuint)i);
            }
        }
        end.StoreUnsafe(ref start, (nuint)last);
    }

    private interface IShape<T>
    {
        Vector<T> Of(Vector<T> x);

        T Of(T x);
    }

    private readonly struct Bounds<T>(T least, T most) : IShape<T>
        where T : INumber<T>
    {
        private readonly Vector<T> _least = new(least), _most = new(most);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> x) => Simd.BoundsKeepZeros
            ? Vector.MinNative(_most, Vector.MaxNative(_least, x)) : Vector.Min(Vector.Max(x, _least), _most);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of(T x) => Simd.Bound(x, least, most);
    }

    private readonly struct Slope<T>(T slope) : IShape<T>
        where T : INumber<T>
    {
        private readonly Vector<T> _slope = new(slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> x) => Sloped<T>.Of(x, _slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of(T x) => Sloped<T>.Of(x, slope);
    }

    private interface IOperation<T>
    {
        static abstract Vector<T> Of(Vector<T> x, Vector<T> y);

        static abstract T Of(T x, T y);
    }

    private readonly struct Sum<T> : IOperation<T>
        where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Of(Vector<T> x, Vector<T> y) => x + y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of(T x, T y) => x + y;
    }

    private readonly struct Largest<T> : IOperation<T>
        where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Of(Vector<T> x, Vector<T> y) => Vector.Max(x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of(T x, T y) => T.Max(x, y);
    }

    private readonly struct Least<T> : IOperation<T>
        where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Of(Vector<T> x, Vector<T> y) => Vector.Min(x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of(T x, T y) => T.Min(x, y);
    }

    private readonly struct Sloped<T> : IOperation<T>
        where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Of(Vector<T> x, Vector<T> y) =>
            Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, x * y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of(T x, T y) => x > T.Zero ? x : x * y;
    }
}
