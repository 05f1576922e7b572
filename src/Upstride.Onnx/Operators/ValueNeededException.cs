namespace Upstride.Onnx.Operators;

/// <summary>
/// The shapes of a node's outputs depend on the elements of an input, which are not known before the model runs. The compiler then makes a
/// plan for those elements.
/// </summary>
internal sealed class ValueNeededException(int input) : Exception($"the elements of input {input} are needed to infer shapes")
{
    public int Input { get; } = input;
}
