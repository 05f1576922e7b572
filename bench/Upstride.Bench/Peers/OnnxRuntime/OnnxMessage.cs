using System.Text;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>
/// A message of the protocol buffer wire format under construction: varints and length-delimited fields. A nested message is copied into its
/// parent when it is complete. The field numbers that callers give are those of onnx.proto3.
/// </summary>
internal sealed class OnnxMessage
{
    private const int AttributeInts = 7, AttributeInt = 2, ElementFloat = 1;

    private readonly MemoryStream _stream = new();

    /// <summary>An attribute of whole numbers.</summary>
    public static OnnxMessage Attribute(string name, params ReadOnlySpan<int> values)
    {
        var attribute = new OnnxMessage().Text(1, name);
        foreach (var value in values) attribute.Number(8, value);
        return attribute.Number(20, AttributeInts);
    }

    /// <summary>An attribute of one whole number.</summary>
    public static OnnxMessage Attribute(string name, int value) => new OnnxMessage().Text(1, name).Number(3, value).Number(20, AttributeInt);

    /// <summary>An initialiser of floats.</summary>
    public static OnnxMessage Tensor(string name, ReadOnlySpan<int> shape, ReadOnlySpan<byte> floats)
    {
        var tensor = new OnnxMessage();
        foreach (var size in shape) tensor.Number(1, size);
        return tensor.Number(2, ElementFloat).Text(8, name).Bytes(9, floats);
    }

    /// <summary>An input or output of the graph.</summary>
    public static OnnxMessage Value(string name, params ReadOnlySpan<int> sizes)
    {
        var shape = new OnnxMessage();
        foreach (var size in sizes) shape.Nested(1, new OnnxMessage().Number(1, size));
        return new OnnxMessage().Text(1, name).Nested(2, new OnnxMessage().Nested(1, new OnnxMessage().Number(1, ElementFloat).Nested(2, shape)));
    }

    /// <summary>The bytes of a model of one graph, of the operators of version 13.</summary>
    public static byte[] Model(OnnxMessage graph) =>
        new OnnxMessage().Number(1, 8).Nested(7, graph).Nested(8, new OnnxMessage().Text(1, "").Number(2, 13))._stream.ToArray();

    public OnnxMessage Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public OnnxMessage Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)bytes.Length);
        _stream.Write(bytes);
        return this;
    }

    public OnnxMessage Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public OnnxMessage Nested(int field, OnnxMessage message) => Bytes(field, message._stream.GetBuffer().AsSpan(0, (int)message._stream.Length));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _stream.WriteByte((byte)(value | 0x80));
        _stream.WriteByte((byte)value);
    }
}
