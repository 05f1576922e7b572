using System.Runtime.InteropServices;
using Upstride.Bench.Peers.OnnxRuntime;

namespace Upstride.Onnx.Tests.Runtime;

/// <summary>ONNX Runtime as an oracle: it shares no code with what it judges.</summary>
internal static class OnnxRuntime
{
    private static readonly Lazy<(OrtLibrary? Library, string? Missing)> Loaded = new(static () => (OrtLibrary.TryLoad(out string? missing), missing));

    /// <summary>The library; skips the test, saying why, where there is none. Where UPSTRIDE_PEERS_REQUIRED is set (continuous integration that installed it), that is a failure.</summary>
    public static OrtLibrary Library()
    {
        (OrtLibrary? library, string? missing) = Loaded.Value;
        if (library is null && Environment.GetEnvironmentVariable("UPSTRIDE_PEERS_REQUIRED") is { Length: > 0 }) Assert.Fail(missing!);
        if (library is null) Assert.Skip($"needs ONNX Runtime: {missing}");
        return library!;
    }

    /// <summary>Runs a model once.</summary>
    public static Dictionary<string, OnnxTensor> Run(ReadOnlySpan<byte> model, IReadOnlyDictionary<string, OnnxTensor> inputs, params IReadOnlyList<string> outputs)
    {
        using var session = new OrtSession(Library(), model, threads: 1);
        OrtTensor[] results = session.Run([.. inputs.Select(static input => (input.Key, FromOurs(input.Value)))], outputs);
        return outputs.Zip(results).ToDictionary(static one => one.First, static one => ToOurs(one.Second), StringComparer.Ordinal);
    }

    private static OrtTensor FromOurs(OnnxTensor tensor)
    {
        byte[] bytes = tensor.ElementType switch
        {
            OnnxElementType.Float32 => MemoryMarshal.AsBytes(tensor.Floats).ToArray(),
            OnnxElementType.Int64 => MemoryMarshal.AsBytes(tensor.Integers).ToArray(),
            OnnxElementType.UInt8 => [.. tensor.Integers.ToArray().Select(static value => (byte)value)],
            OnnxElementType.Boolean => MemoryMarshal.AsBytes(tensor.Booleans).ToArray(),
            var other => throw new NotSupportedException($"inputs of {other}"),
        };
        return new((int)tensor.ElementType, [.. tensor.Shape.Select(static length => (long)length)], bytes);
    }

    private static OnnxTensor ToOurs(OrtTensor tensor)
    {
        nint[] shape = [.. tensor.Shape.Select(static length => (nint)length)];
        var type = (OnnxElementType)tensor.ElementType;
        return type switch
        {
            OnnxElementType.Float32 => OnnxTensor.Create(MemoryMarshal.Cast<byte, float>(tensor.Bytes.AsSpan()), shape),
            OnnxElementType.Int64 => OnnxTensor.Create(MemoryMarshal.Cast<byte, long>(tensor.Bytes.AsSpan()), shape),
            OnnxElementType.UInt8 => OnnxTensor.Create<long>(type, [.. tensor.Bytes.Select(static value => (long)value)], shape),
            OnnxElementType.Boolean => OnnxTensor.Create(MemoryMarshal.Cast<byte, bool>(tensor.Bytes.AsSpan()), shape),
            _ => throw new NotSupportedException($"outputs of {type}"),
        };
    }
}
