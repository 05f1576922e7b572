namespace Upstride.Onnx.Operators;

/// <summary>The memory of one node that is computed by itself; null stands for an input or output that it leaves out.</summary>
internal sealed class NodeTensors(OnnxTensor?[] inputs, OnnxTensor?[] outputs) : INodeMemory
{
    public ReadOnlySpan<T> Input<T>(int node, int index) where T : unmanaged =>
        index < inputs.Length && inputs[index] is { } input ? input.Elements<T>() : default;

    public OnnxTensor? InputTensor(int node, int index) => inputs[index];

    public Span<T> Output<T>(int node, int index) where T : unmanaged =>
        index < outputs.Length && outputs[index] is { } output ? output.Writable<T>() : default;
}
