using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>Collects short runs of neighbouring elements, the same of many places.</summary>
internal static unsafe class RunGather
{
    /// <summary>Bytes that a run is moved in at most, whatever of them counts.</summary>
    public const int MaxBytes = 32;

    /// <summary>
    /// destination[p*pitch + to[r] + i] = source[places[p] + from[r] + i], i &lt; as many elements as 16 bytes have, or 32 where
    /// <paramref name="isLong"/>, run after run and place after place: where two runs meet, the later one stays. So much is read and
    /// written of the last run as well. Nothing shares memory; the arguments are not checked.
    /// </summary>
    public static void Run<T>(T* source, nint* places, nint placeCount, nint* from, nint* to, int runs, bool isLong, T* destination,
        nint pitch)
        where T : unmanaged
    {
        if (isLong) Long(source, places, placeCount, from, to, runs, destination, pitch);
        else Short(source, places, placeCount, from, to, runs, destination, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Short<T>(T* source, nint* places, nint placeCount, nint* from, nint* to, int runs, T* destination, nint pitch)
        where T : unmanaged
    {
        for (nint p = 0; p < placeCount; p++, destination += pitch)
        {
            T* place = source + places[p];
            for (nint r = 0; r < runs; r++) Vector128.Store(Vector128.Load((byte*)(place + from[r])), (byte*)(destination + to[r]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Long<T>(T* source, nint* places, nint placeCount, nint* from, nint* to, int runs, T* destination, nint pitch)
        where T : unmanaged
    {
        for (nint p = 0; p < placeCount; p++, destination += pitch)
        {
            T* place = source + places[p];
            for (nint r = 0; r < runs; r++) Vector256.Store(Vector256.Load((byte*)(place + from[r])), (byte*)(destination + to[r]));
        }
    }
}
