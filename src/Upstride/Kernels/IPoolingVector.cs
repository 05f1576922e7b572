using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>What a pooling needs of vectors of floats beyond <see cref="ISimd{TVector, T}"/>.</summary>
internal interface IPoolingVector<TVector> where TVector : struct
{
    /// <summary>The greater of each pair of elements; a NaN beats all.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>Two vectors in a row taken apart: every second element from the first on, and from the second on.</summary>
    static abstract (TVector Even, TVector Odd) Deinterleave(TVector left, TVector right);
}

/// <summary>512 bits.</summary>
internal readonly struct Pooling512 : IPoolingVector<Vector512<float>>
{
    public static Vector512<float> Max(Vector512<float> left, Vector512<float> right) => Vector512.Max(left, right);

    public static (Vector512<float> Even, Vector512<float> Odd) Deinterleave(Vector512<float> left, Vector512<float> right)
    {
        (Vector512<int> even, Vector512<int> odd) = Interleaving.DeinterleaveTwo(left.AsInt32(), right.AsInt32());
        return (even.AsSingle(), odd.AsSingle());
    }
}

/// <summary>256 bits.</summary>
internal readonly struct Pooling256 : IPoolingVector<Vector256<float>>
{
    public static Vector256<float> Max(Vector256<float> left, Vector256<float> right) => Vector256.Max(left, right);

    public static (Vector256<float> Even, Vector256<float> Odd) Deinterleave(Vector256<float> left, Vector256<float> right)
    {
        Vector256<int> apart = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
        Vector256<float> first = Vector256.Shuffle(left, apart), second = Vector256.Shuffle(right, apart);
        return (Vector256.Create(first.GetLower(), second.GetLower()), Vector256.Create(first.GetUpper(), second.GetUpper()));
    }
}

/// <summary>128 bits.</summary>
internal readonly struct Pooling128 : IPoolingVector<Vector128<float>>
{
    public static Vector128<float> Max(Vector128<float> left, Vector128<float> right) => Vector128.Max(left, right);

    public static (Vector128<float> Even, Vector128<float> Odd) Deinterleave(Vector128<float> left, Vector128<float> right)
    {
        (Vector128<int> even, Vector128<int> odd) = Interleaving.Unzip(left.AsInt32(), right.AsInt32());
        return (even.AsSingle(), odd.AsSingle());
    }
}
