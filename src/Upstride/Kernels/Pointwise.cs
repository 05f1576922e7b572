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
        else TensorPrimitives.Add(row, addend, row);
    }

    /// <summary>row[i] = row[i] where positive, else slope * row[i]; NaN stays NaN.</summary>
    public static void LeakyRelu<T>(Span<T> row, T slope)
        where T : INumber<T>
    {
        if (Simd.IsInterpreted && typeof(T) == typeof(float))
        {
            Interpreted.LeakyRelu(MemoryMarshal.CreateSpan(ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(row)), row.Length),
                float.CreateTruncating(slope));
            return;
        }
        int i = 0;
        if (Vector<T>.IsSupported && Vector.IsHardwareAccelerated)
        {
            ref T start = ref MemoryMarshal.GetReference(row);
            var slopes = new Vector<T>(slope);
            for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> x = Vector.LoadUnsafe(ref start, (nuint)i);
                Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, x * slopes).StoreUnsafe(ref start, (nuint)i);
            }
        }
        for (; i < row.Length; i++)
            if (!(row[i] > T.Zero)) row[i] *= slope;
    }

    /// <summary>row[i] = row[i] where positive, else slopes[i] * row[i].</summary>
    public static void LeakyRelu<T>(Span<T> row, ReadOnlySpan<T> slopes)
        where T : INumber<T>
    {
        int i = 0;
        if (Vector<T>.IsSupported && Vector.IsHardwareAccelerated)
        {
            ref T start = ref MemoryMarshal.GetReference(row);
            ref T slope = ref MemoryMarshal.GetReference(slopes);
            for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> x = Vector.LoadUnsafe(ref start, (nuint)i);
                Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, x * Vector.LoadUnsafe(ref slope, (nuint)i))
                    .StoreUnsafe(ref start, (nuint)i);
            }
        }
        for (; i < row.Length; i++)
            if (!(row[i] > T.Zero)) row[i] *= slopes[i];
    }

    /// <summary>
    /// row[i] = tanh(row[i]), float, double or Half: odd, 0 at 0, and the same for an element wherever it lies in the row.
    /// </summary>
    public static void Tanh<T>(Span<T> row) => Apply(default(Tanh), row);

    /// <summary>row[i] = 1 / (1 + exp(-row[i])), float, double or Half: the same for an element wherever it lies in the row.</summary>
    public static void Sigmoid<T>(Span<T> row) => Apply(default(Sigmoid), row);

    private static void Apply<T, TFunction>(TFunction function, Span<T> row)
        where TFunction : struct, IVectorFunction<float>, IVectorFunction<double>
    {
        if (typeof(T) == typeof(float))
        {
            Span<float> singles = Reinterpret.As<T, float>(row);
            VectorFunction.Apply<float, TFunction>(function, singles, singles);
        }
        else if (typeof(T) == typeof(double))
        {
            Span<double> doubles = Reinterpret.As<T, double>(row);
            VectorFunction.Apply<double, TFunction>(function, doubles, doubles);
        }
        else if (typeof(T) == typeof(Half))
        {
            Span<Half> halves = Reinterpret.As<T, Half>(row);
            Span<float> wide = stackalloc float[HalfPiece];
            for (; !halves.IsEmpty; halves = halves[Math.Min(HalfPiece, halves.Length)..])
            {
                Span<Half> piece = halves[..Math.Min(HalfPiece, halves.Length)];
                Span<float> computed = wide[..piece.Length];
                TensorPrimitives.ConvertToSingle(piece, computed);
                VectorFunction.Apply<float, TFunction>(function, computed, computed);
                TensorPrimitives.ConvertToHalf(computed, piece);
            }
        }
        else
        {
            throw new NotSupportedException($"there are no vectors of {typeof(T).Name}");
        }
    }
}
