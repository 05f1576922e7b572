using System.Runtime.CompilerServices;

namespace Upstride.Kernels;

/// <summary>Collects elements from the same places of every row.</summary>
internal static unsafe class PlaceGather
{
    /// <summary>
    /// destination[r*destinationPitch + i] = source[r*sourcePitch + places[i]], zero where the place is negative; r &lt; rows, i &lt;
    /// places.Length. Nothing shares memory; the arguments are not checked.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T>(T* source, nint sourcePitch, ReadOnlySpan<int> places, T* destination, nint destinationPitch, nint rows)
        where T : unmanaged
    {
        bool all = true;
        foreach (int place in places) all &= place >= 0;
        nint count = places.Length;
        fixed (int* first = places)
        {
            for (; rows > 0; rows--, source += sourcePitch, destination += destinationPitch)
            {
                nint i = 0;
                if (all)
                {
                    for (; i + 4 <= count; i += 4)
                    {
                        T a = source[first[i]], b = source[first[i + 1]], c = source[first[i + 2]], d = source[first[i + 3]];
                        destination[i] = a;
                        destination[i + 1] = b;
                        destination[i + 2] = c;
                        destination[i + 3] = d;
                    }
                    for (; i < count; i++) destination[i] = source[first[i]];
                }
                else
                {
                    for (; i < count; i++) destination[i] = first[i] < 0 ? default : source[first[i]];
                }
            }
        }
    }
}
