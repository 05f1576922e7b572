using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Kernels;

/// <summary>The pooling operation on two vectors of floats, bit for bit that of <see cref="IPoolReduction{T}"/>.</summary>
internal interface IVectorReduction
{
    static abstract TVector Combine<TSimd, TPooling, TVector>(TVector left, TVector right)
        where TSimd : ISimd<TVector, float>
        where TPooling : IPoolingVector<TVector>
        where TVector : struct;
}

/// <summary>The pooling operation on two elements; associative and commutative.</summary>
internal interface IPoolReduction<T> : IVectorReduction
{
    /// <summary>The neutral element of the operation.</summary>
    static abstract T Identity { get; }

    /// <summary>Combines two runs of elements; <paramref name="destination"/> may be either of them.</summary>
    static abstract void Combine(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination);
}

/// <summary>The greater element; a NaN beats all.</summary>
internal readonly struct PoolMaximum<T> : IPoolReduction<T> where T : INumber<T>
{
    public static T Identity { get; } = T.CreateSaturating(double.NegativeInfinity);

    public static void Combine(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination) =>
        TensorPrimitives.Max(left, right, destination);

    public static TVector Combine<TSimd, TPooling, TVector>(TVector left, TVector right)
        where TSimd : ISimd<TVector, float>
        where TPooling : IPoolingVector<TVector>
        where TVector : struct => TPooling.Max(left, right);
}

/// <summary>The sum.</summary>
internal readonly struct PoolSum<T> : IPoolReduction<T> where T : INumber<T>
{
    public static T Identity => T.Zero;

    public static void Combine(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination) =>
        TensorPrimitives.Add(left, right, destination);

    public static TVector Combine<TSimd, TPooling, TVector>(TVector left, TVector right)
        where TSimd : ISimd<TVector, float>
        where TPooling : IPoolingVector<TVector>
        where TVector : struct => TSimd.Add(left, right);
}
