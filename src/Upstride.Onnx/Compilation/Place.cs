using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>Where a value lies in a run.</summary>
/// <param name="Constant">A constant's elements.</param>
/// <param name="Result">The index of the result whose array it is; -1 where it is none.</param>
/// <param name="Offset">Bytes from the arena's start, where it lies there.</param>
/// <param name="Type">Its type.</param>
internal sealed record Place(OnnxTensor? Constant, int Result, long Offset, TensorType Type);
