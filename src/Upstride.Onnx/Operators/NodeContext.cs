using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>The memory of one node during one run.</summary>
/// <remarks>Elements are <see cref="float"/>, <see cref="long"/> or <see cref="bool"/>, as the tensor's storage is.</remarks>
internal readonly ref struct NodeContext(INodeMemory memory, int node, CancellationToken cancellationToken)
{
    /// <summary>Ends a computation that takes long.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The elements of an input in row-major order; empty where the node leaves it out.</summary>
    public ReadOnlySpan<T> Input<T>(int index) where T : unmanaged => memory.Input<T>(node, index);

    /// <summary>An input that must be there as a tensor that lasts as long as the run of the node; its elements are not copied.</summary>
    public OnnxTensor InputTensor(int index) =>
        memory.InputTensor(node, index) ?? throw new InvalidOperationException($"input {index} is left out");

    /// <summary>Copies a tensor into an output of its type, where the node names it.</summary>
    public void Write(int index, OnnxTensor tensor)
    {
        switch (tensor.Type.Storage)
        {
            case Storage.Float: Copy(tensor.Floats, Output<float>(index)); break;
            case Storage.Integer: Copy(tensor.Integers, Output<long>(index)); break;
            default: Copy(tensor.Booleans, Output<bool>(index)); break;
        }

        static void Copy<T>(ReadOnlySpan<T> from, Span<T> to)
        {
            if (!to.IsEmpty) from.CopyTo(to);
        }
    }

    /// <summary>
    /// Where the elements of an output go, in row-major order; holds anything before. Empty where the node does not name it.
    /// </summary>
    public Span<T> Output<T>(int index) where T : unmanaged => memory.Output<T>(node, index);
}
