using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels;

/// <summary>Sums of planes times constants.</summary>
internal static unsafe class LinearCombination
{
    /// <summary>The most planes that are summed.</summary>
    public const int MaxPlanes = WinogradKernels.MaxAlpha;

    /// <summary>destination = the sum over i of matrix[row, i] times plane i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T>(
        T[,] matrix, int row, T* planes, long distance, int count, T* destination, int length)
        where T : unmanaged, INumber<T>
    {
        // The planes that count, and their factors.
        T** from = stackalloc T*[MaxPlanes];
        T* factors = stackalloc T[MaxPlanes];
        int terms = 0;
        for (int i = 0; i < count; i++)
        {
            if (matrix[row, i] == T.Zero) continue;
            from[terms] = planes + i * distance;
            factors[terms++] = matrix[row, i];
        }
        int at = 0;
        for (; at + Vector<T>.Count <= length; at += Vector<T>.Count)
        {
            Vector<T> sum = Vector.Load(from[0] + at) * factors[0];
            for (int i = 1; i < terms; i++) sum += Vector.Load(from[i] + at) * factors[i];
            sum.Store(destination + at);
        }
        for (; at < length; at++)
        {
            T sum = from[0][at] * factors[0];
            for (int i = 1; i < terms; i++) sum += from[i][at] * factors[i];
            destination[at] = sum;
        }
    }
}
