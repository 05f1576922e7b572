using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Format;

/// <summary>Turns a tensor of a file into elements, from raw data, from the field of its type, or from an external file.</summary>
internal static class TensorDecoder
{
    /// <summary>Decodes a tensor.</summary>
    /// <param name="tensor">The message.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="external">Where external files are; null where there may be none.</param>
    /// <exception cref="OnnxFormatException">The elements do not fit the shape, or the external file is outside or too short.</exception>
    /// <exception cref="OnnxUnsupportedException">An element type that is not read.</exception>
    public static OnnxTensor Decode(TensorProto tensor, string name, ExternalFiles? external)
    {
        if (ElementTypes.Of(tensor.DataType) is not { } element)
        {
            throw tensor.DataType == 0
                ? new OnnxFormatException($"{name} has no element type")
                : new OnnxUnsupportedException($"{name} is of type {ElementTypes.NameOf(tensor.DataType)}, which is not supported");
        }
        TensorType type;
        try
        {
            type = new(element, TensorShape.Of(CollectionsMarshal.AsSpan(tensor.Dims.ToList())));
        }
        catch (OnnxFormatException fault)
        {
            throw new OnnxFormatException($"{name}: {fault.Fault}", inner: fault);
        }
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
        {
            if (external is null) throw new OnnxFormatException($"{name} lies in an external file, and may not here");
            return FromBytes(external.Read(tensor, name, element.FileBytes(type.Shape.Count)), type, name);
        }
        return tensor.HasRawData && (tensor.RawData.Length > 0 || type.Shape.Count == 0)
            ? FromBytes(tensor.RawData.Memory, type, name)
            : FromFields(tensor, type, name);
    }

    private static OnnxTensor FromBytes(ReadOnlyMemory<byte> memory, TensorType type, string name)
    {
        ReadOnlySpan<byte> bytes = memory.Span;
        int count = type.Shape.Count;
        int size = type.Element.FileBits / 8;
        if (size == 0) return FromHalfBytes(bytes, type, name);
        if (bytes.Length != (long)count * size)
            throw new OnnxFormatException(
                $"{name} is {type}, which is {count} * {size} = {(long)count * size} bytes, and holds {bytes.Length}");
        switch (type.Storage)
        {
            case Storage.Boolean:
                var booleans = new bool[count];
                for (int i = 0; i < count; i++) booleans[i] = bytes[i] != 0;
                return new(type, booleans);
            case Storage.Float:
                // A large model's weights are not held twice.
                if (type.Element == OnnxElementType.Float32 && BitConverter.IsLittleEndian) return new(type, memory);
                var floats = GC.AllocateUninitializedArray<float>(count);
                for (int i = 0; i < count; i++) floats[i] = ToFloat(bytes.Slice(i * size, size), type.Element);
                return new(type, floats);
            default:
                var integers = GC.AllocateUninitializedArray<long>(count);
                for (int i = 0; i < count; i++) integers[i] = ToInteger(bytes.Slice(i * size, size), type.Element, name);
                return new(type, integers);
        }
    }

    // The fields of the specification's table in TensorProto: small types travel as int32, halves by their bits.
    private static OnnxTensor FromFields(TensorProto tensor, TensorType type, string name)
    {
        OnnxElementType element = type.Element;
        switch (element)
        {
            case OnnxElementType.Float32:
                return Make(tensor.FloatData, static value => value);
            case OnnxElementType.Float64:
                return Make(tensor.DoubleData, static value => (float)value);
            case OnnxElementType.Float16:
                return Make(tensor.Int32Data, static value => (float)BitConverter.UInt16BitsToHalf((ushort)value));
            case OnnxElementType.BFloat16:
                return Make(tensor.Int32Data, static value => BitConverter.UInt32BitsToSingle((uint)value << 16));
            case OnnxElementType.Boolean:
                return Make(tensor.Int32Data, static value => value != 0);
            case OnnxElementType.UInt4 or OnnxElementType.Int4:
                return FromHalfBytes([.. tensor.Int32Data.Select(static value => (byte)value)], type, name);
            case var small when Float8.Of(small) is { } format:
                return Make(tensor.Int32Data, value => format.Decode((byte)value));
            case OnnxElementType.Int64:
                return Make(tensor.Int64Data, static value => value);
            case OnnxElementType.UInt64 or OnnxElementType.UInt32:
                return Make(tensor.Uint64Data, value => InRange(ToSigned(value, name)));
            default:
                return Make(tensor.Int32Data, value => InRange(value));
        }

        long InRange(long value) =>
            element.RefusalOf(value) is { } refusal ? throw new OnnxFormatException($"{name}: its element {refusal}") : value;

        OnnxTensor Make<TField, TElement>(IReadOnlyCollection<TField> field, Func<TField, TElement> convert) where TElement : unmanaged
        {
            if (field.Count != type.Shape.Count)
                throw new OnnxFormatException($"{name} is {type}, which is {type.Shape.Count} elements, and holds {field.Count}");
            var elements = new TElement[field.Count];
            int i = 0;
            foreach (TField value in field) elements[i++] = convert(value);
            return new(type, elements);
        }
    }

    // Two in each byte, the first in the low half.
    private static OnnxTensor FromHalfBytes(ReadOnlySpan<byte> bytes, TensorType type, string name)
    {
        int count = type.Shape.Count;
        if (bytes.Length != type.Element.FileBytes(count))
            throw new OnnxFormatException(
                $"{name} is {type}, which is {count} halves of {type.Element.FileBytes(count)} bytes, and holds {bytes.Length}");
        var integers = new long[count];
        for (int i = 0; i < count; i++) integers[i] = type.Element.Wrap(bytes[i / 2] >> (i % 2 * 4));
        return new(type, integers);
    }

    private static float ToFloat(ReadOnlySpan<byte> bytes, OnnxElementType element) => element switch
    {
        OnnxElementType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        OnnxElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        OnnxElementType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ when Float8.Of(element) is { } format => format.Decode(bytes[0]),
        _ => BinaryPrimitives.ReadSingleLittleEndian(bytes),
    };

    private static long ToInteger(ReadOnlySpan<byte> bytes, OnnxElementType element, string name) => element switch
    {
        OnnxElementType.Int8 => (sbyte)bytes[0],
        OnnxElementType.UInt8 => bytes[0],
        OnnxElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        OnnxElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        OnnxElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        OnnxElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        OnnxElementType.UInt64 => ToSigned(BinaryPrimitives.ReadUInt64LittleEndian(bytes), name),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };

    private static long ToSigned(ulong value, string name) => value <= long.MaxValue
        ? (long)value
        : throw new OnnxUnsupportedException($"{name} holds {value}, and unsigned integers are supported up to {long.MaxValue}");
}
