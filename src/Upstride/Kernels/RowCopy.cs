using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// Moves rows between a tensor and a block: with elements left out or spread, never with arithmetic on them. Pointers may have any
/// alignment and must not overlap; the arguments are not checked.
/// </summary>
internal static unsafe class RowCopy
{
    /// <summary>destination[i*destinationStep] = source[i*sourceStep], i &lt; count.</summary>
    public static void Copy<T>(T* source, nint sourceStep, T* destination, nint destinationStep, nint count)
        where T : unmanaged
    {
        if (sourceStep == 1 && destinationStep == 1)
        {
            Unsafe.CopyBlockUnaligned(destination, source, (uint)(count * sizeof(T)));
            return;
        }
        nint i = destinationStep == 1 ? Interleaving.Take(source, sourceStep, destination, count) : 0;
        for (; i < count; i++) destination[i * destinationStep] = source[i * sourceStep];
    }

    /// <summary>Has elements that will be read soon fetched into the second cache. They need not exist.</summary>
    public static void Prefetch<T>(T* source, nint count)
        where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        for (byte* line = (byte*)source, end = (byte*)(source + count); line < end; line += Simd.Line) Sse.Prefetch1(line);
    }

    /// <summary>destination[i] = source[i], i &lt; count, past the caches where both stand alike in their cache lines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Stream<T>(T* source, T* destination, nint count)
        where T : unmanaged
    {
        nint head = nint.Min(count, (-(nint)destination & (Simd.Line - 1)) / sizeof(T)), line = Simd.Line / sizeof(T);
        Copy(source, 1, destination, 1, head);
        nint i = head;
        for (; i + line <= count; i += line) Vector512.StoreAlignedNonTemporal(Vector512.Load(source + i), destination + i);
        Copy(source + i, 1, destination + i, 1, count - i);
        if (Sse.IsSupported) Sse.StoreFence();
    }

    /// <summary>destination[i*step] = 0, i &lt; count.</summary>
    public static void Clear<T>(T* destination, nint step, nint count)
        where T : unmanaged
    {
        if (step == 1)
        {
            Unsafe.InitBlockUnaligned(destination, 0, (uint)(count * sizeof(T)));
            return;
        }
        for (nint i = 0; i < count; i++) destination[i * step] = default;
    }

    /// <summary>
    /// destination[i*destinationPitch + c] = source[c*channelStep + i*elementStep], c &lt; channels, i &lt; count. What is asked for next
    /// lies <paramref name="next"/> elements on.
    /// </summary>
    public static void Transpose<T>(T* source, nint channelStep, nint elementStep, T* destination, nint destinationPitch, nint channels,
        nint count, nint next)
        where T : unmanaged
    {
        if (channelStep == 1)
        {
            for (nint i = 0; i < count; i++) Copy(source + i * elementStep, 1, destination + i * destinationPitch, 1, channels);
            return;
        }
        if (elementStep != 1 || channels < 4 || !Interleaving.IsAccelerated<T>())
        {
            for (nint c = 0; c < channels; c++) Copy(source + c * channelStep, elementStep, destination + c, destinationPitch, count);
            return;
        }

        // Channels often stand a power of two apart, where sixteen of them compete for the same sets of the cache: they are first brought
        // together, a stretch of each at a time, and squares of a vector's length are turned from there.
        const int Stretch = 256, Pitch = Stretch + Interleaving.Lanes;
        T* staged = stackalloc T[Interleaving.Lanes * Pitch];
        T** rows = stackalloc T*[Interleaving.Lanes];
        for (nint c = 0; c < Interleaving.Lanes; c++) rows[c] = staged + c * Pitch;
        for (nint first = 0; first < channels; first += Interleaving.Lanes)
        {
            nint here = nint.Min(Interleaving.Lanes, channels - first);
            for (nint start = 0; start < count; start += Stretch)
            {
                nint length = nint.Min(Stretch, count - start);
                for (nint c = 0; c < here; c++)
                {
                    nint channel = first + c, later = channel + Interleaving.Lanes;
                    T* from = source + start;
                    Prefetch(later < channels ? from + later * channelStep : from + next + (later - channels) * channelStep, length);
                    Copy(from + channel * channelStep, 1, staged + c * Pitch, 1, length);
                }
                for (nint done = 0; done < length; done += Interleaving.Lanes)
                {
                    Interleaving.TransposeToRows(
                        rows, here, destination + (start + done) * destinationPitch + first, destinationPitch,
                            (int)nint.Min(Interleaving.Lanes, length - done), done);
                }
            }
        }
    }
}
