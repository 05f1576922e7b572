namespace Upstride.Onnx.Operators;

/// <summary>Where the tensors of a run lie.</summary>
internal interface INodeMemory
{
    /// <summary>The elements of the input <paramref name="index"/> of the node <paramref name="node"/>.</summary>
    ReadOnlySpan<T> Input<T>(int node, int index) where T : unmanaged;

    /// <summary>The input as a tensor that lasts as long as the run of the node; null where the node leaves it out.</summary>
    OnnxTensor? InputTensor(int node, int index);

    /// <summary>The elements of the output <paramref name="index"/> of the node <paramref name="node"/>.</summary>
    Span<T> Output<T>(int node, int index) where T : unmanaged;
}
