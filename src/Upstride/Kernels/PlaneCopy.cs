using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// Moves all rows of a plane in one call, from one pitch to another, zeros before and behind them. Rows are often shorter than what it
/// costs
/// to call for each. Pointers may have any alignment and must not overlap; nothing is read or written beside the rows; the arguments are
/// not checked.
/// </summary>
internal static unsafe class PlaneCopy
{
    /// <summary>destination[r*destinationPitch + c] = source[r*sourcePitch + c], r &lt; rows, c &lt; columns.</summary>
    public static void Run<T>(T* source, nint sourcePitch, T* destination, nint destinationPitch, nint rows, nint columns)
        where T : unmanaged, INumber<T>
    {
        if (rows <= 1 || (sourcePitch == columns && destinationPitch == columns)) RowCopy.Copy(source, 1, destination, 1, rows * columns);
        else if (columns > 0) Move(source, sourcePitch, destination, destinationPitch, rows, 0, columns, columns);
    }

    /// <summary>
    /// destination[r*destinationPitch + c] = source[r*sourcePitch + c - left] for left &lt;= c &lt; right, and zero in the other columns,
    /// r &lt; rows, c &lt; columns.
    /// </summary>
    public static void Framed<T>(T* source, nint sourcePitch, T* destination, nint destinationPitch, nint rows, nint columns, nint left,
        nint right)
        where T : unmanaged, INumber<T>
    {
        if (left == 0 && right == columns) Run(source, sourcePitch, destination, destinationPitch, rows, columns);
        else if (left < right) Move(source, sourcePitch, destination, destinationPitch, rows, left, right, columns);
        else for (; rows > 0; rows--, destination += destinationPitch) RowCopy.Clear(destination, 1, columns);
    }

    /// <summary>The widest vectors that a row fills: its last one overlaps the one before.</summary>
    private static void Move<T>(T* source, nint sourcePitch, T* destination, nint destinationPitch, nint rows, nint left, nint right,
        nint columns)
        where T : unmanaged, INumber<T>
    {
        if (Simd.IsInterpreted && typeof(T) == typeof(float))
        {
            Interpreted.Framed((float*)source, sourcePitch, (float*)destination, destinationPitch, rows, columns, left, right);
            return;
        }
        nint count = right - left;
        if (Vector512.IsHardwareAccelerated && count >= 2 * Vector512<T>.Count)
            Body<T, Vector512<T>, Simd512<T>>(source, sourcePitch, destination, destinationPitch, rows, left, right, columns);
        else if (Vector256.IsHardwareAccelerated && count >= Vector256<T>.Count)
            Body<T, Vector256<T>, Simd256<T>>(source, sourcePitch, destination, destinationPitch, rows, left, right, columns);
        else if (Vector128.IsHardwareAccelerated && count >= Vector128<T>.Count)
            Body<T, Vector128<T>, Simd128<T>>(source, sourcePitch, destination, destinationPitch, rows, left, right, columns);
        else
            Body<T, T, SimdScalar<T>>(source, sourcePitch, destination, destinationPitch, rows, left, right, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Body<T, TVector, TSimd>(T* source, nint sourcePitch, T* destination, nint destinationPitch, nint rows, nint left,
        nint right, nint columns)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        int lanes = TSimd.Lanes;
        nint last = right - left - lanes;
        for (; rows > 0; rows--, source += sourcePitch, destination += destinationPitch)
        {
            // The zeros come first: what a vector of them covers too much of its row is written afterwards.
            for (nint c = 0; c < left; c += lanes) TSimd.Store(TSimd.Zero, destination + nint.Min(c, columns - lanes));
            for (nint c = columns; c > right; c -= lanes) TSimd.Store(TSimd.Zero, destination + nint.Max(c - lanes, 0));
            T* to = destination + left;
            for (nint c = 0; c < last; c += lanes) TSimd.Store(TSimd.Load(source + c), to + c);
            TSimd.Store(TSimd.Load(source + last), to + last);
        }
    }
}
