using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Where a value lies in a run: a constant and an input of the graph in arrays of their own, which are only read; a result in the array
/// that is handed out; everything else in the arena.
/// </summary>
internal abstract record TensorLocation
{
    /// <param name="Tensor">Its elements.</param>
    internal sealed record Constant(OnnxTensor Tensor) : TensorLocation;

    /// <param name="Index">Which of the graph's inputs.</param>
    internal sealed record Input(int Index) : TensorLocation;

    /// <param name="Index">Which of the graph's outputs.</param>
    internal sealed record Result(int Index) : TensorLocation;

    /// <param name="Offset">Bytes from the arena's start.</param>
    /// <param name="Type">Its type.</param>
    internal sealed record InArena(long Offset, TensorType Type) : TensorLocation;
}
