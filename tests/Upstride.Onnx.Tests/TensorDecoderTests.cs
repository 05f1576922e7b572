using Google.Protobuf;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests;

/// <summary>Tensors of every element type, as raw data and in the field of the type.</summary>
public class TensorDecoderTests
{
    [Fact]
    public void Floating_point_types_become_floats()
    {
        Floats(OnnxElementType.Float32, tensor => tensor.FloatData.AddRange([1.5f, -2]), [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0]);
        Floats(OnnxElementType.Float64, tensor => tensor.DoubleData.AddRange([1.5, -2]),
            [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0]);
        Floats(OnnxElementType.Float16, tensor => tensor.Int32Data.AddRange([0x3E00, 0xC000]), [0, 0x3E, 0, 0xC0]);
        Floats(OnnxElementType.BFloat16, tensor => tensor.Int32Data.AddRange([0x3FC0, 0xC000]), [0xC0, 0x3F, 0, 0xC0]);

        static void Floats(OnnxElementType type, Action<TensorProto> fill, byte[] raw) =>
            Both(type, fill, raw, static tensor => Assert.Equal([1.5f, -2], tensor.Floats.ToArray()));
    }

    [Fact]
    public void Integers_become_longs()
    {
        Integers(OnnxElementType.Int8, tensor => tensor.Int32Data.AddRange([-1, 127]), [0xFF, 127], -1, 127);
        Integers(OnnxElementType.UInt8, tensor => tensor.Int32Data.AddRange([255, 127]), [0xFF, 127], 255, 127);
        Integers(OnnxElementType.Int16, tensor => tensor.Int32Data.AddRange([-1, 258]), [0xFF, 0xFF, 2, 1], -1, 258);
        Integers(OnnxElementType.UInt16, tensor => tensor.Int32Data.AddRange([65535, 258]), [0xFF, 0xFF, 2, 1], 65535, 258);
        Integers(OnnxElementType.Int32, tensor => tensor.Int32Data.AddRange([-1, 1]), [0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0], -1, 1);
        Integers(OnnxElementType.UInt32, tensor => tensor.Uint64Data.AddRange([uint.MaxValue, 1]), [0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0],
            uint.MaxValue, 1);
        Integers(OnnxElementType.Int64, tensor => tensor.Int64Data.AddRange([long.MinValue, 1]),
            [0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0], long.MinValue, 1);
        Integers(OnnxElementType.UInt64, tensor => tensor.Uint64Data.AddRange([long.MaxValue, 1]),
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1, 0, 0, 0, 0, 0, 0, 0], long.MaxValue, 1);

        static void Integers(OnnxElementType type, Action<TensorProto> fill, byte[] raw, params long[] expected) =>
            Both(type, fill, raw, tensor => Assert.Equal(expected, tensor.Integers.ToArray()));
    }

    [Fact]
    public void Booleans_are_zero_or_not() =>
        Both(OnnxElementType.Boolean, tensor => tensor.Int32Data.AddRange([0, 2]), [0, 2],
        static tensor => Assert.Equal([false, true], tensor.Booleans.ToArray()));

    [Fact]
    public void An_integer_beyond_63_bits_is_refused()
    {
        var tensor = new TensorProto { DataType = (int)OnnxElementType.UInt64 };
        tensor.Uint64Data.Add(ulong.MaxValue);
        Assert.Equal(
            "t holds 18446744073709551615, and unsigned integers are supported up to 9223372036854775807",
            Assert.Throws<OnnxUnsupportedException>(() => TensorDecoder.Decode(tensor, "t", external: null)).Message);
    }

    [Fact]
    public void A_scalar_has_one_element_and_an_empty_tensor_none()
    {
        var scalar = new TensorProto { DataType = 1 };
        scalar.FloatData.Add(3);
        OnnxTensor decoded = TensorDecoder.Decode(scalar, "t", external: null);
        Assert.Empty(decoded.Shape);
        Assert.Equal([3f], decoded.Floats.ToArray());
        var empty = new TensorProto { DataType = 1 };
        empty.Dims.AddRange([3, 0]);
        Assert.Equal(0, TensorDecoder.Decode(empty, "t", external: null).Length);
    }

    [Fact]
    public void A_created_tensor_holds_what_its_type_can()
    {
        Assert.Equal([1.0009766f], OnnxTensor.Create<float>(OnnxElementType.Float16, [1.001f], 1).Floats.ToArray());
        Assert.Equal([1.0078125f], OnnxTensor.Create<float>(OnnxElementType.BFloat16, [1.006f], 1).Floats.ToArray());
        Assert.StartsWith("element 0 = 255 is outside int8, which holds -128 .. 127",
            Assert.Throws<ArgumentException>(() => OnnxTensor.Create<long>(OnnxElementType.Int8, [255], 1)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("shape [3] has 3 elements, and 1 are given: both must be equal",
            Assert.Throws<ArgumentException>(() => OnnxTensor.Create([1f], 3)).Message, StringComparison.Ordinal);
        Assert.StartsWith("elements are Single, and int64 is held as integers",
            Assert.Throws<ArgumentException>(() => OnnxTensor.Create<float>(OnnxElementType.Int64, [1f], 1)).Message,
            StringComparison.Ordinal);
        Assert.Equal("the tensor is float32 [1], which is held as floating-point numbers",
            Assert.Throws<InvalidOperationException>(() => OnnxTensor.Create([1f], 1).Integers.Length).Message);
    }

    private static void Both(OnnxElementType type, Action<TensorProto> fill, byte[] raw, Action<OnnxTensor> check)
    {
        var field = new TensorProto { DataType = (int)type };
        field.Dims.Add(2);
        fill(field);
        var bytes = new TensorProto { DataType = (int)type, RawData = ByteString.CopyFrom(raw) };
        bytes.Dims.Add(2);
        foreach (TensorProto tensor in (TensorProto[])[field, bytes])
        {
            OnnxTensor decoded = TensorDecoder.Decode(tensor, "t", external: null);
            Assert.Equal(type, decoded.ElementType);
            check(decoded);
        }
    }
}
