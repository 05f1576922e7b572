namespace Upstride.Onnx.Operators;

/// <summary>
/// The shapes of a node's outputs depend on the elements of inputs, which are not known before the model runs. The compiler then makes a
/// plan for those elements, or for what comes out of the nodes before.
/// </summary>
internal sealed class ValueNeededException(params int[] inputs)
    : Exception($"the elements of inputs {string.Join(", ", inputs)} are needed to infer shapes")
{
    /// <summary>Which of the node's inputs; none where it is something within the node.</summary>
    public int[] Inputs { get; } = inputs;
}
