using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>How many bits a kernel's vectors have; what the machine supports is chosen once, and a test can force less.</summary>
internal enum SimdWidth
{
    Scalar = 0,

    /// <summary>128 bits, in bodies that an interpreter runs fast: neither generic nor called through a type.</summary>
    Interpreted = 1,
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}

/// <summary>The operations a kernel body needs of a vector of <typeparamref name="T"/>; one body serves every width.</summary>
internal unsafe interface ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Zero { get; }

    /// <summary>Reads <see cref="Lanes"/> elements; any alignment.</summary>
    static abstract TVector Load(T* source);

    /// <summary>The elements that a mask has, of all bits each, and zeros for the others, which are not touched; any alignment.</summary>
    static abstract TVector LoadWhere(T* source, TVector mask);

    /// <summary>Writes <see cref="Lanes"/> elements; any alignment.</summary>
    static abstract void Store(TVector value, T* destination);

    static abstract TVector Broadcast(T value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>The bits that both have.</summary>
    static abstract TVector And(TVector left, TVector right);

    /// <summary>destination = the sums of the elements of four vectors, each in an order that does not change.</summary>
    static abstract void SumFour(TVector a, TVector b, TVector c, TVector d, T* destination);

    /// <summary>left * right + addend, fused where the machine can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The value held within bounds, with the bits of <see cref="Simd.Bound{T}"/>.</summary>
    static abstract TVector Bound(TVector value, TVector least, TVector most);
}

internal static unsafe class Simd
{
    /// <summary>Bytes of a cache line.</summary>
    public const int Line = 64;

    /// <summary>
    /// The first place from <paramref name="vectors"/> on that begins at a cache line, less than a line further: what is stored across two
    /// lines is slow to load again.
    /// </summary>
    public static T* AtLine<T>(T* vectors)
        where T : unmanaged => (T*)(((nint)vectors + Line - 1) & ~(nint)(Line - 1));

    /// <summary>
    /// Whether bounds are x86's one instruction each, which gives the value itself where it is no number or, of another sign, a zero as the
    /// bound is.
    /// </summary>
    public static bool BoundsKeepZeros => Sse.IsSupported;

    /// <summary>The value held within bounds; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Bound<T>(T value, T least, T most)
        where T : INumber<T>
    {
        if (!BoundsKeepZeros) return T.Min(T.Max(value, least), most);
        if (least > value) value = least;
        return most < value ? most : value;
    }

    /// <summary>Whether vectors are loaded in part by one instruction.</summary>
    public static bool LoadsInPart => Avx.IsSupported;

    /// <summary>destination[i] = source[i] where mask[i] has any bit.</summary>
    public static void LoadWhere<T>(T* source, T* mask, T* destination, int count)
        where T : unmanaged
    {
        for (int i = 0; i < count; i++)
            if (new ReadOnlySpan<byte>(mask + i, sizeof(T)).ContainsAnyExcept((byte)0)) destination[i] = source[i];
    }

    /// <summary>
    /// mask[i] = all bits where first + i is 0 or more and less than <paramref name="length"/>, else none; of 4 or 8 bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mask<T>(T* mask, nint first, nint length, nint count)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(int))
            for (nint i = 0; i < count; i++) ((int*)mask)[i] = (nuint)(first + i) < (nuint)length ? -1 : 0;
        else
            for (nint i = 0; i < count; i++) ((long*)mask)[i] = (nuint)(first + i) < (nuint)length ? -1 : 0;
    }

    /// <summary>
    /// Whether code is interpreted here: .NET in a browser, unless it was compiled ahead of time, or where the switch
    /// <c>Upstride.Interpreted</c> says so.
    /// </summary>
    public static bool IsInterpreted { get; } =
        AppContext.TryGetSwitch("Upstride.Interpreted", out bool interpreted) ? interpreted : OperatingSystem.IsBrowser()
            || OperatingSystem.IsWasi();

    /// <summary>The widest vectors that this machine accelerates, in bodies that suit how it runs code.</summary>
    public static SimdWidth Widest =>
        IsInterpreted ? SimdWidth.Interpreted
        : Vector512.IsHardwareAccelerated ? SimdWidth.Bits512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Bits256
        : Vector128.IsHardwareAccelerated ? SimdWidth.Bits128
        : SimdWidth.Scalar;
}

/// <summary>512-bit vectors.</summary>
internal readonly unsafe struct Simd512<T> : ISimd<Vector512<T>, T>
    where T : unmanaged
{
    public static int Lanes => Vector512<T>.Count;

    public static Vector512<T> Zero => Vector512<T>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> value, T* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadWhere(T* source, Vector512<T> mask)
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
            return Avx512F.MaskLoad((float*)source, mask.AsSingle(), Vector512<float>.Zero).As<float, T>();
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
            return Avx512F.MaskLoad((double*)source, mask.AsDouble(), Vector512<double>.Zero).As<double, T>();
        Vector512<T> loaded = Vector512<T>.Zero;
        Simd.LoadWhere(source, (T*)&mask, (T*)&loaded, Lanes);
        return loaded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> left, Vector512<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Subtract(Vector512<T> left, Vector512<T> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> left, Vector512<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> And(Vector512<T> left, Vector512<T> right) => left & right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(Vector512<T> a, Vector512<T> b, Vector512<T> c, Vector512<T> d, T* destination)
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported)
        {
            // Each 128 bits to their four sums, then the quarters together.
            Vector512<float> quarters = Pairs(Pairs(a.AsSingle(), b.AsSingle()).AsDouble(), Pairs(c.AsSingle(), d.AsSingle()).AsDouble());
            Vector256<float> halves = quarters.GetLower() + quarters.GetUpper();
            (halves.GetLower() + halves.GetUpper()).Store((float*)destination);
            return;
        }

        destination[0] = Vector512.Sum(a);
        destination[1] = Vector512.Sum(b);
        destination[2] = Vector512.Sum(c);
        destination[3] = Vector512.Sum(d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> addend)
    {
        if (typeof(T) == typeof(float))
            return Vector512.MultiplyAddEstimate(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>();
        if (typeof(T) == typeof(double))
            return Vector512.MultiplyAddEstimate(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
        return left * right + addend;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Bound(Vector512<T> value, Vector512<T> least, Vector512<T> most) => Simd.BoundsKeepZeros
        ? Vector512.MinNative(most, Vector512.MaxNative(least, value)) : Vector512.Min(Vector512.Max(value, least), most);

    // Of every 128 bits, pairs of a added up beside pairs of b: once for elements, once more for the pairs.
    private static Vector512<float> Pairs(Vector512<float> a, Vector512<float> b) => Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);

    private static Vector512<float> Pairs(Vector512<double> a, Vector512<double> b) =>
        Avx512F.UnpackLow(a, b).AsSingle() + Avx512F.UnpackHigh(a, b).AsSingle();
}

/// <summary>256-bit vectors.</summary>
internal readonly unsafe struct Simd256<T> : ISimd<Vector256<T>, T>
    where T : unmanaged
{
    public static int Lanes => Vector256<T>.Count;

    public static Vector256<T> Zero => Vector256<T>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> value, T* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadWhere(T* source, Vector256<T> mask)
    {
        if (Avx.IsSupported && typeof(T) == typeof(float))
            return Avx.MaskLoad((float*)source, mask.AsSingle()).As<float, T>();
        if (Avx.IsSupported && typeof(T) == typeof(double))
            return Avx.MaskLoad((double*)source, mask.AsDouble()).As<double, T>();
        Vector256<T> loaded = Vector256<T>.Zero;
        Simd.LoadWhere(source, (T*)&mask, (T*)&loaded, Lanes);
        return loaded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> left, Vector256<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Subtract(Vector256<T> left, Vector256<T> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> left, Vector256<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> And(Vector256<T> left, Vector256<T> right) => left & right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(Vector256<T> a, Vector256<T> b, Vector256<T> c, Vector256<T> d, T* destination)
    {
        destination[0] = Vector256.Sum(a);
        destination[1] = Vector256.Sum(b);
        destination[2] = Vector256.Sum(c);
        destination[3] = Vector256.Sum(d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> left, Vector256<T> right, Vector256<T> addend)
    {
        if (typeof(T) == typeof(float))
            return Vector256.MultiplyAddEstimate(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>();
        if (typeof(T) == typeof(double))
            return Vector256.MultiplyAddEstimate(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
        return left * right + addend;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Bound(Vector256<T> value, Vector256<T> least, Vector256<T> most) => Simd.BoundsKeepZeros
        ? Vector256.MinNative(most, Vector256.MaxNative(least, value)) : Vector256.Min(Vector256.Max(value, least), most);
}

/// <summary>128-bit vectors.</summary>
internal readonly unsafe struct Simd128<T> : ISimd<Vector128<T>, T>
    where T : unmanaged
{
    public static int Lanes => Vector128<T>.Count;

    public static Vector128<T> Zero => Vector128<T>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> value, T* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LoadWhere(T* source, Vector128<T> mask)
    {
        if (Avx.IsSupported && typeof(T) == typeof(float))
            return Avx.MaskLoad((float*)source, mask.AsSingle()).As<float, T>();
        if (Avx.IsSupported && typeof(T) == typeof(double))
            return Avx.MaskLoad((double*)source, mask.AsDouble()).As<double, T>();
        Vector128<T> loaded = Vector128<T>.Zero;
        Simd.LoadWhere(source, (T*)&mask, (T*)&loaded, Lanes);
        return loaded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> left, Vector128<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Subtract(Vector128<T> left, Vector128<T> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> left, Vector128<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> And(Vector128<T> left, Vector128<T> right) => left & right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(Vector128<T> a, Vector128<T> b, Vector128<T> c, Vector128<T> d, T* destination)
    {
        destination[0] = Vector128.Sum(a);
        destination[1] = Vector128.Sum(b);
        destination[2] = Vector128.Sum(c);
        destination[3] = Vector128.Sum(d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> left, Vector128<T> right, Vector128<T> addend)
    {
        if (typeof(T) == typeof(float))
            return Vector128.MultiplyAddEstimate(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>();
        if (typeof(T) == typeof(double))
            return Vector128.MultiplyAddEstimate(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
        return left * right + addend;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Bound(Vector128<T> value, Vector128<T> least, Vector128<T> most) => Simd.BoundsKeepZeros
        ? Vector128.MinNative(most, Vector128.MaxNative(least, value)) : Vector128.Min(Vector128.Max(value, least), most);
}

/// <summary>One element at a time: what runs where the machine has no vectors.</summary>
internal readonly unsafe struct SimdScalar<T> : ISimd<T, T>
    where T : unmanaged, INumber<T>
{
    public static int Lanes => 1;

    public static T Zero => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load(T* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T value, T* destination) => *destination = value;

    public static T LoadWhere(T* source, T mask)
    {
        T loaded = T.Zero;
        Simd.LoadWhere(source, &mask, &loaded, 1);
        return loaded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Broadcast(T value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add(T left, T right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Subtract(T left, T right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Multiply(T left, T right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T And(T left, T right) =>
        sizeof(T) == sizeof(int) ? Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(left) & Unsafe.BitCast<T, int>(right))
        : Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(left) & Unsafe.BitCast<T, long>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(T a, T b, T c, T d, T* destination)
    {
        destination[0] = a;
        destination[1] = b;
        destination[2] = c;
        destination[3] = d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T MultiplyAdd(T left, T right, T addend) => left * right + addend;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Bound(T value, T least, T most) => Simd.Bound(value, least, most);
}
