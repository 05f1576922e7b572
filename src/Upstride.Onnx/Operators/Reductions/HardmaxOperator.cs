using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// <c>Hardmax</c>: 1 at the first of the largest elements along one axis, the last where none is named, and 0 elsewhere. Before opset 13
/// along the axis, the second where none is named, and all that follow it, taken as one.
/// </summary>
internal sealed class HardmaxOperator(NodeAttributes node) : Operator
{
    private readonly bool _flattens = node.Opset < 13;
    private readonly long _axis = node.Integer("axis", node.Opset < 13 ? 1 : -1);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        Split(inputs);
        return [inputs.Float(0)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = Split(inputs);
        return new(frame =>
        {
            ReadOnlySpan<float> input = frame.Input<float>(0);
            Span<float> destination = frame.Output<float>(0);
            destination.Clear();
            if (destination.IsEmpty) return;
            for (int column = 0; column < split.Outer * split.Inner; column++)
            {
                (int outer, int inner) = Math.DivRem(column, split.Inner);
                int first = (outer * split.Length * split.Inner) + inner, largest = first;
                for (int k = 1; k < split.Length; k++)
                    if (input[first + (k * split.Inner)] > input[largest]) largest = first + (k * split.Inner);
                destination[largest] = 1;
            }
        });
    }

    private AxisSplit Split(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        int axis = inputs.Axis(_axis, shape.Rank);
        return AxisSplit.Of(shape, axis, _flattens ? shape.Rank : axis + 1);
    }
}
