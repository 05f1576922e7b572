using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Upstride.Files;

/// <summary>An element type that a <c>.npy</c> file may have here.</summary>
internal abstract class NpyElementType
{
    /// <summary>Floating-point numbers, integers and truth values, of NumPy's kinds.</summary>
    public static IReadOnlyList<NpyElementType> All { get; } =
    [
        new NpyElementType<Half>("f2", "float16"), new NpyElementType<float>("f4", "float32"), new NpyElementType<double>("f8", "float64"),
        new NpyElementType<sbyte>("i1", "int8"), new NpyElementType<short>("i2", "int16"), new NpyElementType<int>("i4", "int32"),
            new NpyElementType<long>("i8", "int64"),
        new NpyElementType<byte>("u1", "uint8"), new NpyElementType<ushort>("u2", "uint16"), new NpyElementType<uint>("u4", "uint32"),
            new NpyElementType<ulong>("u8", "uint64"),
        new NpyBoolean(),
    ];

    /// <summary>NumPy's kind and size: <c>f4</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>NumPy's name: <c>float32</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of an element.</summary>
    public abstract int Size { get; }

    /// <summary>What a little-endian file calls it: <c>&lt;f4</c>, and <c>|u1</c> where there is no order.</summary>
    public string Descr => (Size == 1 ? '|' : '<') + Kind;

    /// <summary>The type of these elements, one of <see cref="All"/>.</summary>
    public static NpyElementType Of(Array elements) => All.First(type => type.Holds(elements));

    /// <summary>Whether an array has elements of this type.</summary>
    public abstract bool Holds(Array elements);

    /// <summary>An array of so many elements.</summary>
    public abstract Array Allocate(int length);

    /// <summary>The bytes of such an array.</summary>
    public abstract Span<byte> Bytes(Array elements);

    /// <summary>Turns the byte order of such an array.</summary>
    public abstract void Reverse(Array elements);

    /// <summary>The elements as <c>double</c>.</summary>
    public abstract double[] ToDoubles(Array elements);

    /// <summary>Makes valid elements of what a file may hold.</summary>
    public virtual void Normalize(Array elements)
    {
    }
}

/// <summary>Elements of one type of numbers.</summary>
internal sealed class NpyElementType<T>(string kind, string name) : NpyElementType where T : unmanaged, INumber<T>
{
    public override string Kind => kind;

    public override string Name => name;

    public override int Size => Unsafe.SizeOf<T>();

    public override bool Holds(Array elements) => elements.GetType() == typeof(T[]);

    public override Array Allocate(int length) => new T[length];

    public override Span<byte> Bytes(Array elements) => MemoryMarshal.AsBytes(((T[])elements).AsSpan());

    public override double[] ToDoubles(Array elements) => Array.ConvertAll((T[])elements, double.CreateChecked);

    public override void Reverse(Array elements)
    {
        Span<byte> bytes = Bytes(elements);
        switch (Size)
        {
            case sizeof(short):
                Span<short> halves = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(halves, halves);
                break;
            case sizeof(int):
                Span<int> words = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case sizeof(long):
                Span<long> longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}

/// <summary>Truth values, a byte each.</summary>
internal sealed class NpyBoolean : NpyElementType
{
    public override string Kind => "b1";

    public override string Name => "bool";

    public override int Size => sizeof(bool);

    public override bool Holds(Array elements) => elements.GetType() == typeof(bool[]);

    public override Array Allocate(int length) => new bool[length];

    public override Span<byte> Bytes(Array elements) => MemoryMarshal.AsBytes(((bool[])elements).AsSpan());

    public override double[] ToDoubles(Array elements) => Array.ConvertAll((bool[])elements, static value => value ? 1.0 : 0);

    public override void Reverse(Array elements)
    {
    }

    // A truth value of .NET is one of two bytes, and every other byte of a file is true.
    public override void Normalize(Array elements)
    {
        foreach (ref byte value in Bytes(elements))
            if (value > 1) value = 1;
    }
}
