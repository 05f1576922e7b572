using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary><c>Constant</c>: a tensor that is in the node.</summary>
internal sealed class ConstantOperator : Operator
{
    private readonly OnnxTensor _value;

    public ConstantOperator(NodeAttributes node)
    {
        OnnxTensor?[] given =
        [
            node.Tensor("value"),
            node.Has("value_float") ? OnnxTensor.Create([node.Float("value_float", 0)]) : null,
            node.Has("value_int") ? OnnxTensor.Create([node.Integer("value_int", 0)]) : null,
            node.Floats("value_floats") is { } floats ? OnnxTensor.Create(floats, floats.Length) : null,
            node.Integers("value_ints") is { } integers ? OnnxTensor.Create(integers, integers.Length) : null,
        ];
        foreach (string other in (ReadOnlySpan<string>)["sparse_value", "value_string", "value_strings"])
            if (node.Has(other)) throw node.Unsupported($"attribute {other} is not supported");
        OnnxTensor[] values = [.. given.OfType<OnnxTensor>()];
        _value = values is [var one] ? one : throw node.Fault($"{values.Length} attributes hold a value, and exactly one must");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [_value.Type];

    public override OnnxTensor AsConstant(NodeInputs inputs) => _value;

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        throw new InvalidOperationException("a constant computes nothing");
}
