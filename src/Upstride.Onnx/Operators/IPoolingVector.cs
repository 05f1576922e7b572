using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Onnx.Operators;

/// <summary>What a pooling needs of vectors of floats, of one width.</summary>
internal unsafe interface IPoolingVector<TVector> where TVector : struct
{
    static abstract int Lanes { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    /// <summary>The greater of each pair of elements; a NaN beats all.</summary>
    static abstract TVector Max(TVector left, TVector right);

    static abstract TVector Add(TVector left, TVector right);

    /// <summary>Two vectors in a row taken apart: every second element from the first on, and from the second on.</summary>
    static abstract (TVector Even, TVector Odd) Deal(TVector left, TVector right);
}

/// <summary>512 bits.</summary>
internal readonly unsafe struct Pooling512 : IPoolingVector<Vector512<float>>
{
    public static int Lanes => Vector512<float>.Count;

    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    public static Vector512<float> Max(Vector512<float> left, Vector512<float> right) => Vector512.Max(left, right);

    public static Vector512<float> Add(Vector512<float> left, Vector512<float> right) => left + right;

    public static (Vector512<float> Even, Vector512<float> Odd) Deal(Vector512<float> left, Vector512<float> right)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<int> even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            return (Avx512F.PermuteVar16x32x2(left, even, right), Avx512F.PermuteVar16x32x2(left, even + Vector512<int>.One, right));
        }
        Vector512<int> apart = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
        Vector512<float> first = Vector512.Shuffle(left, apart), second = Vector512.Shuffle(right, apart);
        return (Vector512.Create(first.GetLower(), second.GetLower()), Vector512.Create(first.GetUpper(), second.GetUpper()));
    }
}

/// <summary>256 bits.</summary>
internal readonly unsafe struct Pooling256 : IPoolingVector<Vector256<float>>
{
    public static int Lanes => Vector256<float>.Count;

    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    public static Vector256<float> Max(Vector256<float> left, Vector256<float> right) => Vector256.Max(left, right);

    public static Vector256<float> Add(Vector256<float> left, Vector256<float> right) => left + right;

    public static (Vector256<float> Even, Vector256<float> Odd) Deal(Vector256<float> left, Vector256<float> right)
    {
        Vector256<int> apart = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
        Vector256<float> first = Vector256.Shuffle(left, apart), second = Vector256.Shuffle(right, apart);
        return (Vector256.Create(first.GetLower(), second.GetLower()), Vector256.Create(first.GetUpper(), second.GetUpper()));
    }
}

/// <summary>128 bits.</summary>
internal readonly unsafe struct Pooling128 : IPoolingVector<Vector128<float>>
{
    public static int Lanes => Vector128<float>.Count;

    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    public static Vector128<float> Max(Vector128<float> left, Vector128<float> right) => Vector128.Max(left, right);

    public static Vector128<float> Add(Vector128<float> left, Vector128<float> right) => left + right;

    public static (Vector128<float> Even, Vector128<float> Odd) Deal(Vector128<float> left, Vector128<float> right)
    {
        if (Sse.IsSupported) return (Sse.Shuffle(left, right, 0b10_00_10_00), Sse.Shuffle(left, right, 0b11_01_11_01));
        Vector128<int> apart = Vector128.Create(0, 2, 1, 3);
        Vector128<float> first = Vector128.Shuffle(left, apart), second = Vector128.Shuffle(right, apart);
        return (Vector128.Create(first.GetLower(), second.GetLower()), Vector128.Create(first.GetUpper(), second.GetUpper()));
    }
}
