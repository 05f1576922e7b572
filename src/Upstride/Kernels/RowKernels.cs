using System.Numerics;
using System.Runtime.InteropServices;

namespace Upstride.Kernels;

/// <summary>
/// The inner loops that System.Numerics.Tensors lacks. Spans of equal length, not checked; a destination may be one of the operands. The
/// sums run in four vectors of partial sums, which depend on the length alone.
/// </summary>
internal static partial class RowKernels
{
    /// <summary>destination = mask positive ? positive * x : slope * x.</summary>
    public static void Gate<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> mask, T positive, T slope, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T from = ref MemoryMarshal.GetReference(x), sign = ref MemoryMarshal.GetReference(mask),
            to = ref MemoryMarshal.GetReference(destination);
        var above = new Vector<T>(positive);
        var below = new Vector<T>(slope);
        int i = 0;
        for (; i <= destination.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> factor =
                Vector.ConditionalSelect(Vector.GreaterThan(Vector.LoadUnsafe(ref sign, (nuint)i), Vector<T>.Zero), above, below);
            (Vector.LoadUnsafe(ref from, (nuint)i) * factor).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < destination.Length; i++) destination[i] = x[i] * (mask[i] > T.Zero ? positive : slope);
    }

    /// <summary>destination[i] = mask[i] positive ? positive * x[i] : slopes[i] * x[i].</summary>
    public static void Gate<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> mask, T positive, ReadOnlySpan<T> slopes, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T from = ref MemoryMarshal.GetReference(x), sign = ref MemoryMarshal.GetReference(mask),
            to = ref MemoryMarshal.GetReference(destination);
        ref T slope = ref MemoryMarshal.GetReference(slopes);
        var above = new Vector<T>(positive);
        int i = 0;
        for (; i <= destination.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> factor =
                Vector.ConditionalSelect(Vector.GreaterThan(Vector.LoadUnsafe(ref sign, (nuint)i), Vector<T>.Zero), above,
                Vector.LoadUnsafe(ref slope, (nuint)i));
            (Vector.LoadUnsafe(ref from, (nuint)i) * factor).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < destination.Length; i++) destination[i] = x[i] * (mask[i] > T.Zero ? positive : slopes[i]);
    }

    /// <summary>The sum of p * q where mask is not positive.</summary>
    public static T NegativeProduct<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> q, ReadOnlySpan<T> mask)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T left = ref MemoryMarshal.GetReference(p), right = ref MemoryMarshal.GetReference(q),
            sign = ref MemoryMarshal.GetReference(mask);
        Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0;
        int width = Vector<T>.Count, i = 0;
        for (; i <= p.Length - 4 * width; i += 4 * width)
        {
            s0 += Term(ref left, ref right, ref sign, i);
            s1 += Term(ref left, ref right, ref sign, i + width);
            s2 += Term(ref left, ref right, ref sign, i + 2 * width);
            s3 += Term(ref left, ref right, ref sign, i + 3 * width);
        }
        for (; i <= p.Length - width; i += width) s0 += Term(ref left, ref right, ref sign, i);
        T sum = Vector.Sum((s0 + s1) + (s2 + s3));
        for (; i < p.Length; i++)
            if (!(mask[i] > T.Zero)) sum += p[i] * q[i];
        return sum;

        static Vector<T> Term(ref T left, ref T right, ref T sign, int i) => Vector.ConditionalSelect(
            Vector.GreaterThan(Vector.LoadUnsafe(ref sign, (nuint)i), Vector<T>.Zero),
            Vector<T>.Zero, Vector.LoadUnsafe(ref left, (nuint)i) * Vector.LoadUnsafe(ref right, (nuint)i));
    }
}
