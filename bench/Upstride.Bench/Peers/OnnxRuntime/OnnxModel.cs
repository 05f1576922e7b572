using System.Runtime.InteropServices;
using System.Text;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>
/// Writes a model of one ConvTranspose or Conv node, x to y, with the weight as an initialiser: the protocol buffer
/// wire format (varints and length-delimited fields) with the field numbers of onnx.proto3.
/// </summary>
internal static class OnnxModel
{
    private const int Float = 1, AttributeInts = 7, AttributeInt = 2;

    /// <summary>The model's bytes.</summary>
    public static byte[] Write(Workload workload)
    {
        var p = workload.Problem;
        var transposed = workload.Operation is Operation.Forward;
        var (input, output) = transposed ? ((p.CoarseChannels, p.Coarse), (p.FineChannels, p.Fine)) : ((p.FineChannels, p.Fine), (p.CoarseChannels, p.Coarse));

        var node = new Message();
        node.Text(1, "x").Text(1, "w").Text(2, "y").Text(4, transposed ? "ConvTranspose" : "Conv");
        node.Nested(5, Attribute("kernel_shape", p.Kernel)).Nested(5, Attribute("strides", p.Stride)).Nested(5, Attribute("dilations", p.Dilation));
        node.Nested(5, Attribute("pads", [.. p.Padding, .. p.Padding]));
        node.Nested(5, new Message().Text(1, "group").Number(3, p.Groups).Number(20, AttributeInt));
        if (transposed) node.Nested(5, Attribute("output_padding", p.OutputPadding));

        var weight = new Message();
        foreach (var size in (ReadOnlySpan<int>)[p.CoarseChannels, p.FineChannels / p.Groups, .. p.Kernel]) weight.Number(1, size);
        weight.Number(2, Float).Text(8, "w").Bytes(9, MemoryMarshal.AsBytes(workload.Weight!.Span));

        var graph = new Message().Nested(1, node).Text(2, "one node").Nested(5, weight);
        graph.Nested(11, Value("x", p.Batch, input.Item1, input.Item2)).Nested(12, Value("y", p.Batch, output.Item1, output.Item2));
        var operators = new Message().Text(1, "").Number(2, 13);
        return new Message().Number(1, 8).Nested(7, graph).Nested(8, operators).ToArray();
    }

    private static Message Attribute(string name, int[] values)
    {
        var attribute = new Message().Text(1, name);
        foreach (var value in values) attribute.Number(8, value);
        return attribute.Number(20, AttributeInts);
    }

    private static Message Value(string name, int batch, int channels, int[] sizes)
    {
        var shape = new Message();
        foreach (var size in (ReadOnlySpan<int>)[batch, channels, .. sizes]) shape.Nested(1, new Message().Number(1, size));
        return new Message().Text(1, name).Nested(2, new Message().Nested(1, new Message().Number(1, Float).Nested(2, shape)));
    }

    // A message under construction; a nested message is copied into its parent when it is complete.
    private sealed class Message
    {
        private readonly MemoryStream stream = new();

        public Message Number(int field, long value)
        {
            Varint((ulong)field << 3);
            Varint((ulong)value);
            return this;
        }

        public Message Bytes(int field, ReadOnlySpan<byte> bytes)
        {
            Varint((ulong)field << 3 | 2);
            Varint((ulong)bytes.Length);
            stream.Write(bytes);
            return this;
        }

        public Message Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

        public Message Nested(int field, Message message) => Bytes(field, message.stream.GetBuffer().AsSpan(0, (int)message.stream.Length));

        public byte[] ToArray() => stream.ToArray();

        private void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
            stream.WriteByte((byte)value);
        }
    }
}
