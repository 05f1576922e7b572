using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Upstride.Kernels;

/// <summary>Pointwise functions in place, over rows that lie in the first cache. Any length; the arguments are not checked.</summary>
internal static class Pointwise
{
    /// <summary>row[i] = row[i] where positive, else slope * row[i]; NaN stays NaN.</summary>
    public static void LeakyRelu<T>(Span<T> row, T slope)
        where T : INumber<T>
    {
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
                Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, x * Vector.LoadUnsafe(ref slope, (nuint)i)).StoreUnsafe(ref start, (nuint)i);
            }
        }
        for (; i < row.Length; i++)
            if (!(row[i] > T.Zero)) row[i] *= slopes[i];
    }

    /// <summary>row[i] = tanh(row[i]), float or double.</summary>
    public static void Tanh<T>(Span<T> row)
    {
        if (typeof(T) == typeof(float)) TensorPrimitives.Tanh(Reinterpret.As<T, float>(row), Reinterpret.As<T, float>(row));
        else TensorPrimitives.Tanh(Reinterpret.As<T, double>(row), Reinterpret.As<T, double>(row));
    }

    /// <summary>row[i] = 1 / (1 + exp(-row[i])), float or double.</summary>
    public static void Sigmoid<T>(Span<T> row)
    {
        if (row.IsEmpty) return;
        if (typeof(T) == typeof(float)) TensorPrimitives.Sigmoid(Reinterpret.As<T, float>(row), Reinterpret.As<T, float>(row));
        else TensorPrimitives.Sigmoid(Reinterpret.As<T, double>(row), Reinterpret.As<T, double>(row));
    }
}
