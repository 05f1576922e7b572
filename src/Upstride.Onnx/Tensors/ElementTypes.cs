using System.Numerics.Tensors;

namespace Upstride.Onnx.Tensors;

/// <summary>What is known about each element type.</summary>
internal static class ElementTypes
{
    extension(OnnxElementType type)
    {
        /// <summary>How elements of this type lie in memory while a model runs.</summary>
        public Storage Storage => type switch
        {
            OnnxElementType.Float32 or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Float64 => Storage.Float,
            OnnxElementType.Boolean => Storage.Boolean,
            _ => Float8.Of(type) is null ? Storage.Integer : Storage.Float,
        };

        /// <summary>Bits of one element in a file; those of four fill bytes from their low half on.</summary>
        public int FileBits => type switch
        {
            OnnxElementType.UInt4 or OnnxElementType.Int4 => 4,
            OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Boolean => 8,
            OnnxElementType.UInt16 or OnnxElementType.Int16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 16,
            OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Float64 => 64,
            _ => Float8.Of(type) is null ? 32 : 8,
        };

        /// <summary>Bytes of so many elements in a file.</summary>
        public long FileBytes(long count) => ((count * type.FileBits) + 7) / 8;

        /// <summary>The ONNX specification's name: <c>float32</c>, <c>int64</c>, <c>bool</c>.</summary>
        public string Text => type switch
        {
            OnnxElementType.Boolean => "bool",
            _ => type.ToString().ToLowerInvariant(),
        };

        /// <summary>An integer brought into the type's range as a machine of that width does: its low bits are kept.</summary>
        public long Wrap(long value) => type switch
        {
            OnnxElementType.Int4 => (value << 60) >> 60,
            OnnxElementType.UInt4 => value & 15,
            OnnxElementType.Int8 => (sbyte)value,
            OnnxElementType.UInt8 => (byte)value,
            OnnxElementType.Int16 => (short)value,
            OnnxElementType.UInt16 => (ushort)value,
            OnnxElementType.Int32 => (int)value,
            OnnxElementType.UInt32 => (uint)value,
            _ => value,
        };

        /// <summary>Brings integers into the type's range as <c>Wrap</c> does for one.</summary>
        public void Wrap(Span<long> values)
        {
            if (type is OnnxElementType.Int64 or OnnxElementType.UInt64) return;
            foreach (ref long value in values) value = type.Wrap(value);
        }

        /// <summary>The least and the greatest integer that the type holds; unsigned ones of 64 bits up to 2^63 - 1.</summary>
        public (long Minimum, long Maximum) Range => type switch
        {
            OnnxElementType.Int4 => (-8, 7),
            OnnxElementType.UInt4 => (0, 15),
            OnnxElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            OnnxElementType.UInt8 => (byte.MinValue, byte.MaxValue),
            OnnxElementType.Int16 => (short.MinValue, short.MaxValue),
            OnnxElementType.UInt16 => (ushort.MinValue, ushort.MaxValue),
            OnnxElementType.Int32 => (int.MinValue, int.MaxValue),
            OnnxElementType.UInt32 => (uint.MinValue, uint.MaxValue),
            OnnxElementType.UInt64 => (0, long.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };

        /// <summary>A number rounded to what the type can hold: half precision has 11 bits, bfloat16 has 8.</summary>
        public float Round(float value) => type switch
        {
            OnnxElementType.Float16 => (float)(Half)value,
            OnnxElementType.BFloat16 => RoundToBFloat16(value),
            _ => Float8.Of(type) is { } format ? format.Round(value) : value,
        };

        /// <summary>Whether the type holds fewer numbers than the <see cref="float"/> that its elements are held as.</summary>
        public bool IsNarrowFloat => type is OnnxElementType.Float16 or OnnxElementType.BFloat16 || Float8.Of(type) is not null;

        /// <summary>Rounds numbers as <c>Round</c> does one.</summary>
        public void Round(Span<float> values)
        {
            if (type == OnnxElementType.Float16)
            {
                Span<Half> halves = stackalloc Half[256];
                for (; !values.IsEmpty; values = values[Math.Min(halves.Length, values.Length)..])
                {
                    Span<float> part = values[..Math.Min(halves.Length, values.Length)];
                    TensorPrimitives.ConvertToHalf(part, halves);
                    TensorPrimitives.ConvertToSingle(halves[..part.Length], part);
                }
            }
            else if (type == OnnxElementType.BFloat16)
            {
                foreach (ref float value in values) value = RoundToBFloat16(value);
            }
            else if (Float8.Of(type) is { } format)
            {
                foreach (ref float value in values) value = format.Round(value);
            }
        }

        /// <summary>Why an integer is none of the type's, in the words of a refusal; null where it is one.</summary>
        public string? RefusalOf(long value)
        {
            (long least, long most) = type.Range;
            return value >= least && value <= most ? null : $"{value} is outside {type.Text}, which holds {least} .. {most}";
        }
    }

    extension(Storage storage)
    {
        /// <summary>Bytes of one element in memory.</summary>
        public int Bytes => storage switch { Storage.Float => sizeof(float), Storage.Integer => sizeof(long), _ => sizeof(bool) };

        /// <summary>What a message calls it.</summary>
        public string Text => storage switch { Storage.Float => "floating-point numbers", Storage.Integer => "integers", _ => "booleans" };
    }

    /// <summary>The element type of a number in a file, or null where it is none that is read.</summary>
    public static OnnxElementType? Of(int number) => Enum.IsDefined((OnnxElementType)number) ? (OnnxElementType)number : null;

    /// <summary>What the specification calls the number of an element type, also of one that is not read.</summary>
    public static string NameOf(int number) => number switch
    {
        8 => "string",
        14 => "complex64",
        15 => "complex128",
        23 => "float4",
        _ => Of(number) is { } type ? type.Text : $"element type {number}",
    };

    /// <summary>The storage of a .NET type.</summary>
    public static Storage StorageOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? Storage.Float
        : typeof(T) == typeof(long) ? Storage.Integer
        : typeof(T) == typeof(bool) ? Storage.Boolean
        : throw new InvalidOperationException($"tensors are held as float, long or bool, not {typeof(T).Name}");

    // To nearest, ties to even; a NaN stays one.
    private static float RoundToBFloat16(float value)
    {
        if (float.IsNaN(value)) return value;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
