using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>So many elements taken off at both ends of each axis, whatever its length.</summary>
internal sealed class TrimOperator((int Head, int Tail)[] amounts) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => Part(inputs).Infer(inputs);

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        Part(inputs).Prepare(inputs, outputs, settings);

    /// <summary>For each axis and each index of the output's that of the input's; null for an axis that is taken as it is.</summary>
    public int[]?[] Sources(TensorShape shape) => [.. amounts.Select((amount, axis) => amount == (0, 0) ? null
        : Enumerable.Range(amount.Head, Math.Max(0, shape[axis] - amount.Head - amount.Tail)).ToArray())];

    private SelectionOperator Part(NodeInputs inputs) => new(Sources(inputs.Shape(0)), 0);
}
