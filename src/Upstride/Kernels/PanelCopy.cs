using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// Moves rows into panels: each holds a register tile's columns of a row, and the next ones that a window reaches to. Pointers may have
/// any alignment and must not overlap; nothing is read or written beside the rows and the panels; the arguments are not checked.
/// </summary>
internal static unsafe class PanelCopy
{
    /// <summary>
    /// destination[r*destinationPitch + p*panelPitch + c] = source[r*sourcePitch + p*columns + c] where left &lt;= p*columns + c &lt;
    /// right, else zero; r &lt; rows, p &lt; panels, c &lt; width.
    /// </summary>
    public static void Run<T>(T* source, nint sourcePitch, nint left, nint right, nint rows, T* destination, nint destinationPitch,
        nint panels, nint columns, nint width, nint panelPitch)
        where T : unmanaged, INumber<T>
    {
        if (Vector512.IsHardwareAccelerated && width >= 2 * Vector512<T>.Count)
            Body<T, Vector512<T>, Simd512<T>>(
                source, sourcePitch, left, right, rows, destination, destinationPitch, panels, columns, width, panelPitch);
        else if (Vector256.IsHardwareAccelerated && width >= Vector256<T>.Count)
            Body<T, Vector256<T>, Simd256<T>>(
                source, sourcePitch, left, right, rows, destination, destinationPitch, panels, columns, width, panelPitch);
        else
            Body<T, T, SimdScalar<T>>(
                source, sourcePitch, left, right, rows, destination, destinationPitch, panels, columns, width, panelPitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Body<T, TVector, TSimd>(T* source, nint sourcePitch, nint left, nint right, nint rows, T* destination,
        nint destinationPitch, nint panels, nint columns, nint width, nint panelPitch)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        int lanes = TSimd.Lanes;
        nint last = width - lanes;
        for (; rows > 0; rows--, source += sourcePitch, destination += destinationPitch)
        {
            T* to = destination;
            for (nint p = 0, begin = 0; p < panels; p++, begin += columns, to += panelPitch)
            {
                T* from = source + begin;
                nint first = left - begin, end = right - begin;
                if (first <= 0 && end >= width)
                {
                    // The last vector overlaps the one before.
                    for (nint c = 0; c < last; c += lanes) TSimd.Store(TSimd.Load(from + c), to + c);
                    TSimd.Store(TSimd.Load(from + last), to + last);
                    continue;
                }
                for (nint c = 0; c < last; c += lanes) TSimd.Store(TSimd.Zero, to + c);
                TSimd.Store(TSimd.Zero, to + last);
                nint i = nint.Max(first, 0);
                end = nint.Min(end, width);
                for (; i + lanes <= end; i += lanes) TSimd.Store(TSimd.Load(from + i), to + i);
                for (; i < end; i++) to[i] = from[i];
            }
        }
    }
}
