using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels.Functions;

/// <summary>A function of one number, computed for a vector of them.</summary>
internal interface IVectorFunction<T>
{
    Vector<T> Of(Vector<T> x);
}

/// <summary>A function of single precision.</summary>
internal interface IVectorFunction : IVectorFunction<float>;

/// <summary>
/// Applies a function to a run of numbers; every one goes through a vector, so that its result does not depend on its place.
/// </summary>
internal static class VectorFunction
{
    /// <summary>destination[i] = function(input[i]); both are as long, and may be the same memory.</summary>
    public static void Apply<TFunction>(TFunction function, ReadOnlySpan<float> input, Span<float> destination)
        where TFunction : struct, IVectorFunction<float> => Apply<float, TFunction>(function, input, destination);

    /// <summary>destination[i] = function(input[i]); both are as long, and may be the same memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T, TFunction>(TFunction function, ReadOnlySpan<T> input, Span<T> destination)
        where T : unmanaged
        where TFunction : struct, IVectorFunction<T>
    {
        int i = 0;
        for (; i <= input.Length - Vector<T>.Count; i += Vector<T>.Count)
            function.Of(new(input[i..])).CopyTo(destination[i..]);
        if (i == input.Length) return;
        Span<T> rest = stackalloc T[Vector<T>.Count];
        rest.Clear();
        input[i..].CopyTo(rest);
        function.Of(new(rest)).CopyTo(rest);
        rest[..(input.Length - i)].CopyTo(destination[i..]);
    }
}
