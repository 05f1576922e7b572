using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// Takes elements out of memory in any order. Lane i of the result is element index[i] of the vector at <c>low</c>, or element
/// index[i] - lanes of the one at <c>high</c>, or zero where index[i] is negative, whatever is in memory. Indices are whole numbers
/// as wide as an element, in the bits of an element.
/// </summary>
internal unsafe interface ILaneGather<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    static abstract TVector Take(T* low, T* high, TVector index);
}

/// <summary>What a machine without 512-bit vectors does for them, in tests that ask for these.</summary>
internal static unsafe class LaneGather
{
    public static Vector512<T> InSoftware<T>(T* low, T* high, Vector512<T> index)
        where T : unmanaged
    {
        T* taken = stackalloc T[Vector512<T>.Count];
        for (int lane = 0; lane < Vector512<T>.Count; lane++)
        {
            long at = sizeof(T) == sizeof(float) ? index.AsInt32()[lane] : index.AsInt64()[lane];
            taken[lane] = at < 0 ? default : at < Vector512<T>.Count ? low[at] : high[at - Vector512<T>.Count];
        }
        return Vector512.Load(taken);
    }
}

/// <summary>From one vector of 512 bits; the vector at high is not read.</summary>
internal readonly unsafe struct GatherOne512<T> : ILaneGather<Vector512<T>, T>
    where T : unmanaged
{
    // The second source is all zeros, and a negative index lies in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Take(T* low, T* high, Vector512<T> index) =>
        !Avx512F.IsSupported ? LaneGather.InSoftware(low, high, index)
        : sizeof(T) == sizeof(float)
        ? Avx512F.PermuteVar16x32x2(Vector512.Load((float*)low), index.AsInt32(), Vector512<float>.Zero).As<float, T>()
        : Avx512F.PermuteVar8x64x2(Vector512.Load((double*)low), index.AsInt64(), Vector512<double>.Zero).As<double, T>();
}

/// <summary>From two vectors of 512 bits.</summary>
internal readonly unsafe struct GatherTwo512<T> : ILaneGather<Vector512<T>, T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Take(T* low, T* high, Vector512<T> index) =>
        !Avx512F.IsSupported ? LaneGather.InSoftware(low, high, index)
        : sizeof(T) == sizeof(float)
        ? Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(index.AsInt32(), Vector512<int>.Zero).AsSingle(),
            Avx512F.PermuteVar16x32x2(Vector512.Load((float*)low), index.AsInt32(), Vector512.Load((float*)high)), Vector512<float>.Zero)
                .As<float, T>()
        : Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(index.AsInt64(), Vector512<long>.Zero).AsDouble(),
            Avx512F.PermuteVar8x64x2(Vector512.Load((double*)low), index.AsInt64(), Vector512.Load((double*)high)), Vector512<double>.Zero)
                .As<double, T>();
}

/// <summary>From one vector of 256 bits; the vector at high is not read.</summary>
internal readonly unsafe struct GatherOne256<T> : ILaneGather<Vector256<T>, T>
    where T : unmanaged
{
    // A shuffle gives zero for what lies outside its vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Take(T* low, T* high, Vector256<T> index) => sizeof(T) == sizeof(float)
        ? Vector256.Shuffle(Vector256.Load((float*)low), index.AsInt32()).As<float, T>()
        : Vector256.Shuffle(Vector256.Load((double*)low), index.AsInt64()).As<double, T>();
}

/// <summary>From two vectors of 256 bits.</summary>
internal readonly unsafe struct GatherTwo256<T> : ILaneGather<Vector256<T>, T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Take(T* low, T* high, Vector256<T> index)
    {
        Vector256<T> beyond = sizeof(T) == sizeof(float)
            ? (index.AsInt32() - Vector256.Create(Vector256<int>.Count)).As<int, T>()
            : (index.AsInt64() - Vector256.Create((long)Vector256<long>.Count)).As<long, T>();
        return GatherOne256<T>.Take(low, high, index) | GatherOne256<T>.Take(high, high, beyond);
    }
}

/// <summary>From one vector of 128 bits; the vector at high is not read.</summary>
internal readonly unsafe struct GatherOne128<T> : ILaneGather<Vector128<T>, T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Take(T* low, T* high, Vector128<T> index) => sizeof(T) == sizeof(float)
        ? Vector128.Shuffle(Vector128.Load((float*)low), index.AsInt32()).As<float, T>()
        : Vector128.Shuffle(Vector128.Load((double*)low), index.AsInt64()).As<double, T>();
}

/// <summary>From two vectors of 128 bits.</summary>
internal readonly unsafe struct GatherTwo128<T> : ILaneGather<Vector128<T>, T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Take(T* low, T* high, Vector128<T> index)
    {
        Vector128<T> beyond = sizeof(T) == sizeof(float)
            ? (index.AsInt32() - Vector128.Create(Vector128<int>.Count)).As<int, T>()
            : (index.AsInt64() - Vector128.Create((long)Vector128<long>.Count)).As<long, T>();
        return GatherOne128<T>.Take(low, high, index) | GatherOne128<T>.Take(high, high, beyond);
    }
}
