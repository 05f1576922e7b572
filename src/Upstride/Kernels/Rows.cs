using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// Moves rows between a tensor and a block: with elements left out or spread, never with arithmetic on them. Pointers may have any
/// alignment and must not overlap; the arguments are not checked.
/// </summary>
internal static unsafe class Rows
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
        for (nint i = 0; i < count; i++) destination[i * destinationStep] = source[i * sourceStep];
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

    /// <summary>destination[i*destinationPitch + c] = source[c*channelStep + i*elementStep], c &lt; channels, i &lt; count.</summary>
    public static void Transpose<T>(T* source, nint channelStep, nint elementStep, T* destination, nint destinationPitch, nint channels, nint count)
        where T : unmanaged
    {
        if (channelStep == 1)
        {
            for (nint i = 0; i < count; i++) Copy(source + i * elementStep, 1, destination + i * destinationPitch, 1, channels);
            return;
        }
        for (nint c = 0; c < channels; c++) Copy(source + c * channelStep, elementStep, destination + c, destinationPitch, count);
    }

    /// <summary>destination[2i] = even[i], destination[2i + 1] = odd[i], i &lt; count.</summary>
    public static void Zip<T>(T* even, T* odd, T* destination, nint count)
        where T : unmanaged
    {
        nint i = 0;
        if (sizeof(T) == sizeof(float) && Avx512F.IsSupported)
        {
            Vector512<int> low = Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            Vector512<int> high = low + Vector512.Create(8);
            for (; i <= count - 16; i += 16)
            {
                Vector512<int> a = Vector512.Load((int*)(even + i)), b = Vector512.Load((int*)(odd + i));
                Avx512F.PermuteVar16x32x2(a, low, b).Store((int*)(destination + 2 * i));
                Avx512F.PermuteVar16x32x2(a, high, b).Store((int*)(destination + 2 * i + 16));
            }
        }
        for (; i < count; i++)
        {
            destination[2 * i] = even[i];
            destination[2 * i + 1] = odd[i];
        }
    }
}
