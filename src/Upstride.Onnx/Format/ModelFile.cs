using Google.Protobuf;

namespace Upstride.Onnx.Format;

/// <summary>Reads the messages of a file. Nothing in it is believed beyond the file's own length.</summary>
internal static class ModelFile
{
    // Graph, node, attribute, tensor, entry, and the bodies of control flow: each within another is three levels more.
    private const int MaximalDepth = 32;

    /// <summary>Reads a model.</summary>
    /// <exception cref="OnnxFormatException">It is none, or is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ModelProto ReadModel(string path) => Read(path, ModelProto.Parser);

    /// <summary>Reads a model with everything in it, also what is not understood here, so that it can be written again.</summary>
    /// <inheritdoc cref="ReadModel(string)"/>
    public static ModelProto ReadWhole(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, ModelProto.Parser, $"'{Path.GetFileName(path)}'", keepUnknown: true);
    }

    /// <inheritdoc cref="ReadWhole(string)"/>
    public static ModelProto ReadWhole(Stream stream) => Read(stream, ModelProto.Parser, "the model", keepUnknown: true);

    /// <inheritdoc cref="ReadModel(string)"/>
    public static ModelProto ReadModel(Stream stream) => Read(stream, ModelProto.Parser, "the model");

    /// <summary>Reads a tensor that stands alone in a file, as the test data of ONNX do.</summary>
    /// <exception cref="OnnxFormatException">It is none, or is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static OnnxTensor ReadTensor(string path) =>
        TensorDecoder.Decode(Read(path, TensorProto.Parser), $"the tensor of '{Path.GetFileName(path)}'", external: null);

    private static T Read<T>(string path, MessageParser<T> parser) where T : IMessage<T>
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, parser, $"'{Path.GetFileName(path)}'");
    }

    private static T Read<T>(Stream stream, MessageParser<T> parser, string name, bool keepUnknown = false) where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            // A length in the file that exceeds what the file has left is refused before anything is allocated for it.
            int limit = !stream.CanSeek
                ? int.MaxValue : stream.Length - stream.Position is var rest && rest <= int.MaxValue ? Math.Max(1, (int)rest)
                : throw new OnnxFormatException(
                $"{name} has {rest} bytes, and a file in this format at most {int.MaxValue}: keep the weights in an external file");
            using CodedInputStream input = CodedInputStream.CreateWithLimits(stream, limit, MaximalDepth);
            return parser.WithDiscardUnknownFields(!keepUnknown).ParseFrom(input);
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new OnnxFormatException($"{name} is not a valid ONNX file: {fault.Message}", inner: fault);
        }
    }
}
