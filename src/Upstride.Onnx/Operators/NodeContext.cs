namespace Upstride.Onnx.Operators;

/// <summary>The memory of one node during one run.</summary>
/// <remarks>Elements are <see cref="float"/>, <see cref="long"/> or <see cref="bool"/>, as the tensor's storage is.</remarks>
internal readonly ref struct NodeContext(INodeMemory memory, int node, CancellationToken cancellationToken)
{
    /// <summary>Ends a computation that takes long.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The elements of an input in row-major order; empty where the node leaves it out.</summary>
    public ReadOnlySpan<T> Input<T>(int index) where T : unmanaged => memory.Input<T>(node, index);

    /// <summary>
    /// Where the elements of an output go, in row-major order; holds anything before. Empty where the node does not name it.
    /// </summary>
    public Span<T> Output<T>(int index) where T : unmanaged => memory.Output<T>(node, index);
}
