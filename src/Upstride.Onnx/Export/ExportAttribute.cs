using Google.Protobuf;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Export;

/// <summary>Makes the attributes of nodes.</summary>
internal static class ExportAttribute
{
    public static AttributeProto Of(string name, params IEnumerable<int> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.Select(static value => (long)value));
        return attribute;
    }

    public static AttributeProto Of(string name, int value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Of(string name, double value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = (float)value };

    public static AttributeProto Of(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };
}
