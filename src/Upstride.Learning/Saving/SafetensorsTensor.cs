using System.Collections.Immutable;

namespace Upstride.Learning.Saving;

/// <summary>What the header of a safetensors file says of one tensor.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">Its stored element type.</param>
/// <param name="Shape">Its shape; none for a single number.</param>
/// <param name="Offset">Where its bytes begin, from the first byte after the header.</param>
/// <param name="ByteLength">How many bytes it has.</param>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, ImmutableArray<nint> Shape, long Offset, long ByteLength)
{
    /// <summary>How many elements it has.</summary>
    public long Length => ByteLength / Type.Size();

    /// <summary>The shape for a message.</summary>
    internal string ShapeText => Text(Shape.AsSpan());

    // The shape in a file may have any number of lengths.
    internal static string Text(ReadOnlySpan<nint> shape) =>
        shape.Length <= 16
        ? $"[{string.Join(", ", shape.ToArray())}]" : $"[{string.Join(", ", shape[..16].ToArray())}, ... {shape.Length} lengths]";
}
