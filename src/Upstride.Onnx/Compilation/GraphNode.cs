using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>An operator with what it reads and writes; null stands for an input or output that is left out.</summary>
internal sealed class GraphNode(string name, string operatorName, Operator op, GraphValue?[] inputs, GraphValue?[] outputs)
{
    /// <summary>What messages call it: <c>node 'up1' (ConvTranspose)</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The operator's name in the specification.</summary>
    public string OperatorName { get; } = operatorName;

    public Operator Operator { get; set; } = op;

    public GraphValue?[] Inputs { get; set; } = inputs;

    public GraphValue?[] Outputs { get; } = outputs;

    /// <summary>
    /// Whether what it makes is rounded to a narrower type, so that a node after it, taken into it, would see other numbers.
    /// </summary>
    public bool RoundsOutput => Outputs[0]?.Type is { } type && type.Element.IsNarrowFloat;

    /// <summary>The inputs as they are known now; every input must have its type.</summary>
    public NodeInputs Operands() => new(
        Name, [.. Inputs.Select(static input => input?.Type)], [.. Inputs.Select(static input => input?.Constant)],
            [.. Outputs.Select(static output => output is not null)]);

    public override string ToString() => Name;
}
