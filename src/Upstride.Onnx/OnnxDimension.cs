using System.Globalization;

namespace Upstride.Onnx;

/// <summary>
/// The length of one axis as a model declares it: a number, a name for one that is known when the model runs, or neither.
/// </summary>
/// <param name="Length">The length; null where it is not fixed.</param>
/// <param name="Name">What the model calls a length that is not fixed, <c>batch</c>; the same name stands for the same length. Null where
/// it has none.</param>
public readonly record struct OnnxDimension(long? Length, string? Name)
{
    /// <summary>The number, the name, or a question mark.</summary>
    public override string ToString() => Length?.ToString(CultureInfo.InvariantCulture) ?? Name ?? "?";
}
