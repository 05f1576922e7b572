namespace Upstride.Onnx.Operators.Movement;

/// <summary>Indices that are data: they may be anything, and are checked one by one.</summary>
internal static class IndexBounds
{
    /// <summary>The place that an index names in an axis; a negative one counts from the end.</summary>
    /// <exception cref="OnnxFormatException">There is no such place.</exception>
    public static int Place(long index, int length, NodeInputs inputs) => index >= -length && index < length
        ? (int)(index < 0 ? index + length : index)
        : throw inputs.Fault($"an index is {index}, and must be from {-length} to {length - 1} for an axis of length {length}");
}
