using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Upstride.Kernels;

internal static partial class RowKernels
{
    /// <summary>destination = -1, 0 or 1; NaN where x is.</summary>
    public static void Sign<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = x[i] > T.Zero ? T.One : x[i] < T.Zero ? -T.One : x[i] * T.Zero;
    }

    /// <summary>destination = b positive ? a : 0.</summary>
    public static void WherePositive<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T from = ref MemoryMarshal.GetReference(a), sign = ref MemoryMarshal.GetReference(b),
            to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        for (; i <= destination.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector.ConditionalSelect(Vector.GreaterThan(Vector.LoadUnsafe(ref sign, (nuint)i), Vector<T>.Zero),
                Vector.LoadUnsafe(ref from, (nuint)i), Vector<T>.Zero)
                .StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < destination.Length; i++) destination[i] = b[i] > T.Zero ? a[i] : T.Zero;
    }

    /// <summary>destination = a (1 - b²).</summary>
    public static void TimesOneLessSquare<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T left = ref MemoryMarshal.GetReference(a), right = ref MemoryMarshal.GetReference(b),
            to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        for (; i <= destination.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> y = Vector.LoadUnsafe(ref right, (nuint)i);
            (Vector.LoadUnsafe(ref left, (nuint)i) * (Vector<T>.One - y * y)).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < destination.Length; i++) destination[i] = a[i] * (T.One - b[i] * b[i]);
    }

    /// <summary>destination = a b (1 - b).</summary>
    public static void TimesLogisticSlope<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T left = ref MemoryMarshal.GetReference(a), right = ref MemoryMarshal.GetReference(b),
            to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        for (; i <= destination.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> y = Vector.LoadUnsafe(ref right, (nuint)i);
            (Vector.LoadUnsafe(ref left, (nuint)i) * y * (Vector<T>.One - y)).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < destination.Length; i++) destination[i] = a[i] * b[i] * (T.One - b[i]);
    }

    /// <summary>destination = max(x, 0) - x z + log(1 + e^-|x|).</summary>
    public static void LogisticCrossEntropy<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> z, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Abs(x, destination);
        TensorPrimitives.Negate<T>(destination, destination);
        TensorPrimitives.Exp<T>(destination, destination);
        for (int i = 0; i < destination.Length; i++)
        {
            // log(1 + e) in full precision for a small e: what 1 + e rounds away is a factor of the logarithm of what it keeps.
            // Source: Higham, "Accuracy and Stability of Numerical Algorithms", 1.14.1.
            T e = destination[i], rounded = T.One + e;
            T logarithm = rounded == T.One ? e : T.Log(rounded) * (e / (rounded - T.One));
            destination[i] = T.Max(x[i], T.Zero) - x[i] * z[i] + logarithm;
        }
    }

    /// <summary>destination = (x - mean) * factor + offset.</summary>
    public static void Standardize<T>(ReadOnlySpan<T> x, T mean, T factor, T offset, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(destination);
        Vector<T> means = new(mean), factors = new(factor), offsets = new(offset);
        int i = 0;
        for (; i <= destination.Length - Vector<T>.Count; i += Vector<T>.Count)
            ((Vector.LoadUnsafe(ref from, (nuint)i) - means) * factors + offsets).StoreUnsafe(ref to, (nuint)i);
        for (; i < destination.Length; i++) destination[i] = (x[i] - mean) * factor + offset;
    }

    /// <summary>The sum of p * (x - mean).</summary>
    public static T CenteredProduct<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> x, T mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T left = ref MemoryMarshal.GetReference(p), right = ref MemoryMarshal.GetReference(x);
        var means = new Vector<T>(mean);
        Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0;
        int width = Vector<T>.Count, i = 0;
        for (; i <= p.Length - 4 * width; i += 4 * width)
        {
            s0 += Vector.LoadUnsafe(ref left, (nuint)i) * (Vector.LoadUnsafe(ref right, (nuint)i) - means);
            s1 += Vector.LoadUnsafe(ref left, (nuint)(i + width)) * (Vector.LoadUnsafe(ref right, (nuint)(i + width)) - means);
            s2 += Vector.LoadUnsafe(ref left, (nuint)(i + 2 * width)) * (Vector.LoadUnsafe(ref right, (nuint)(i + 2 * width)) - means);
            s3 += Vector.LoadUnsafe(ref left, (nuint)(i + 3 * width)) * (Vector.LoadUnsafe(ref right, (nuint)(i + 3 * width)) - means);
        }
        for (; i <= p.Length - width; i += width)
            s0 += Vector.LoadUnsafe(ref left, (nuint)i) * (Vector.LoadUnsafe(ref right, (nuint)i) - means);
        T sum = Vector.Sum((s0 + s1) + (s2 + s3));
        for (; i < p.Length; i++) sum += p[i] * (x[i] - mean);
        return sum;
    }

    /// <summary>The sum of (x - mean)².</summary>
    public static T CenteredSquares<T>(ReadOnlySpan<T> x, T mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T from = ref MemoryMarshal.GetReference(x);
        var means = new Vector<T>(mean);
        Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0;
        int width = Vector<T>.Count, i = 0;
        for (; i <= x.Length - 4 * width; i += 4 * width)
        {
            s0 += Term(ref from, i, means);
            s1 += Term(ref from, i + width, means);
            s2 += Term(ref from, i + 2 * width, means);
            s3 += Term(ref from, i + 3 * width, means);
        }
        for (; i <= x.Length - width; i += width) s0 += Term(ref from, i, means);
        T sum = Vector.Sum((s0 + s1) + (s2 + s3));
        for (; i < x.Length; i++) sum += (x[i] - mean) * (x[i] - mean);
        return sum;

        static Vector<T> Term(ref T from, int i, Vector<T> means)
        {
            Vector<T> difference = Vector.LoadUnsafe(ref from, (nuint)i) - means;
            return difference * difference;
        }
    }
}
