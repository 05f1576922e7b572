using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Upstride.Files;

/// <summary>An element type that a <c>.npy</c> file may have here.</summary>
/// <param name="Kind">NumPy's kind and size: <c>f4</c>.</param>
/// <param name="Name">NumPy's name: <c>float32</c>.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Allocate">An array of so many elements.</param>
/// <param name="Bytes">The bytes of such an array.</param>
/// <param name="Reverse">Turns the byte order of such an array.</param>
internal sealed record NpyElementType(
    string Kind, string Name, int Size, Func<int, Array> Allocate, NpyElementType.ByteView Bytes, Action<Array> Reverse)
{
    public delegate Span<byte> ByteView(Array elements);

    /// <summary>float, double, int and long.</summary>
    public static IReadOnlyList<NpyElementType> All { get; } =
    [
        Of<float>("f4", "float32", static elements =>
        {
            Span<int> words = MemoryMarshal.Cast<float, int>(elements.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }),
        Of<double>("f8", "float64", static elements =>
        {
            Span<long> words = MemoryMarshal.Cast<double, long>(elements.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }),
        Of<int>("i4", "int32", static elements => BinaryPrimitives.ReverseEndianness(elements, elements)),
        Of<long>("i8", "int64", static elements => BinaryPrimitives.ReverseEndianness(elements, elements)),
    ];

    /// <summary>The type of these elements, one of <see cref="All"/>.</summary>
    public static NpyElementType Of(Array elements) => All.First(type => type.Holds(elements));

    /// <summary>Whether an array has elements of this type.</summary>
    public bool Holds(Array elements) => Allocate(0).GetType() == elements.GetType();

    private static NpyElementType Of<T>(string kind, string name, Action<T[]> reverse) where T : unmanaged => new(
        kind,
        name,
        Marshal.SizeOf<T>(),
        static length => new T[length],
        static elements => MemoryMarshal.AsBytes(((T[])elements).AsSpan()),
        elements => reverse((T[])elements));
}
