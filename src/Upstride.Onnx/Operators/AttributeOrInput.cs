namespace Upstride.Onnx.Operators;

/// <summary>Integers that an operator has as an attribute up to some version, and as an input from then on.</summary>
internal sealed class AttributeOrInput
{
    private readonly long[]? _attribute;
    private readonly int _input;

    /// <param name="node">The node.</param>
    /// <param name="name">The attribute.</param>
    /// <param name="inputSince">The first opset in which it is an input.</param>
    /// <param name="input">The index of the input.</param>
    public AttributeOrInput(NodeAttributes node, string name, int inputSince, int input = 1)
    {
        _input = node.Opset >= inputSince ? input : -1;
        _attribute = _input < 0 ? node.Integers(name) : null;
    }

    /// <summary>The integers; null where there are none.</summary>
    /// <exception cref="ValueNeededException">The input is not known yet.</exception>
    public long[]? Of(NodeInputs inputs) => _input >= 0 && inputs.Has(_input) ? inputs.Integers(_input).ToArray() : _attribute;
}
