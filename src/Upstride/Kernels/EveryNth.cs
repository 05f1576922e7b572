using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>Copies every n-th element.</summary>
internal static class EveryNth
{
    /// <summary>destination[i] = source[i*step].</summary>
    public static void Copy<T>(ReadOnlySpan<T> source, int step, Span<T> destination)
        where T : unmanaged
    {
        int done = step == 2 && typeof(T) == typeof(float)
            ? TakeEven(MemoryMarshal.Cast<T, float>(source), MemoryMarshal.Cast<T, float>(destination))
            : 0;
        for (int i = done; i < destination.Length; i++) destination[i] = source[i * step];
    }

    private static int TakeEven(ReadOnlySpan<float> source, Span<float> destination)
    {
        int done = 0;
        for (; done + 8 <= destination.Length && 2 * done + 16 <= source.Length; done += 8)
        {
            Vector256<int> even = Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6);
            var left = Vector256.Shuffle(Vector256.Create(source[(2 * done)..]), even);
            var right = Vector256.Shuffle(Vector256.Create(source[(2 * done + 8)..]), even);
            Vector256.Create(left.GetLower(), right.GetLower()).CopyTo(destination[done..]);
        }
        return done;
    }
}
