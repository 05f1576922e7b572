using System.Numerics;

namespace Upstride.Kernels.Functions;

/// <summary>A function of one number, computed for a vector of them.</summary>
internal interface IVectorFunction
{
    Vector<float> Of(Vector<float> x);
}

/// <summary>Applies a function to a run of numbers; every one goes through a vector, so that its result does not depend on its place.</summary>
internal static class VectorFunction
{
    /// <summary>destination[i] = function(input[i]); both are as long, and may be the same memory.</summary>
    public static void Apply<TFunction>(TFunction function, ReadOnlySpan<float> input, Span<float> destination) where TFunction : struct, IVectorFunction
    {
        int i = 0;
        for (; i <= input.Length - Vector<float>.Count; i += Vector<float>.Count)
            function.Of(new(input[i..])).CopyTo(destination[i..]);
        if (i == input.Length) return;
        Span<float> rest = stackalloc float[Vector<float>.Count];
        rest.Clear();
        input[i..].CopyTo(rest);
        function.Of(new(rest)).CopyTo(rest);
        rest[..(input.Length - i)].CopyTo(destination[i..]);
    }
}
