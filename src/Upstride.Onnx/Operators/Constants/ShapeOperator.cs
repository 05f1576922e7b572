using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary><c>Shape</c>: the lengths of the axes, from opset 15 on those from <c>start</c> up to but without <c>end</c>.</summary>
internal sealed class ShapeOperator : Operator
{
    private readonly long _start;
    private readonly long _end = long.MaxValue;

    public ShapeOperator(NodeAttributes node)
    {
        if (node.Opset < 15) return;
        _start = node.Integer("start", 0);
        _end = node.Integer("end", long.MaxValue);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [AsConstant(inputs).Type];

    public override OnnxTensor AsConstant(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        int start = Place(_start), end = Place(_end);
        long[] lengths = start < end ? [.. shape.ToArray()[start..end]] : [];
        return OnnxTensor.Create(lengths, lengths.Length);

        int Place(long axis) => (int)Math.Clamp(axis < 0 ? axis + shape.Rank : axis, 0, shape.Rank);
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        throw new InvalidOperationException("a shape is known before anything is computed");
}
