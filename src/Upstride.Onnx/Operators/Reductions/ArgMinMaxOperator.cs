using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// <c>ArgMax</c> and <c>ArgMin</c>: where along an axis the greatest or the least number stands; of equal ones the first, or from opset 12
/// on the last where asked.
/// </summary>
internal sealed class ArgMinMaxOperator : Operator
{
    private readonly bool _least;
    private readonly long _axis;
    private readonly bool _keepAxis;
    private readonly bool _last;

    public ArgMinMaxOperator(NodeAttributes node, bool least)
    {
        _least = least;
        _axis = node.Integer("axis", 0);
        _keepAxis = node.Flag("keepdims", fallback: true);
        _last = node.Opset >= 12 && node.Flag("select_last_index", fallback: false);
    }

    /// <summary>Whether the axis stays, with one element.</summary>
    public bool KeepsAxis => _keepAxis;

    /// <summary>The axis that is searched.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        if (inputs[0].Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {inputs[0]}, and must be numbers");
        int axis = inputs.Axis(_axis, shape.Rank);
        if (shape[axis] == 0) throw inputs.Fault($"axis {axis} of {inputs[0]} has length 0, and must have at least 1 element");
        return [new(OnnxElementType.Int64,
            new([.. shape.Lengths[..axis], .. (ReadOnlySpan<nint>)(_keepAxis ? [1] : []), .. shape.Lengths[(axis + 1)..]]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = AxisSplit.Of(inputs.Shape(0), inputs.Axis(_axis, inputs.Shape(0).Rank));
        return inputs[0].Storage == Storage.Float ? new(frame => Run<float>(frame, split)) : new(frame => Run<long>(frame, split));
    }

    private void Run<T>(NodeContext frame, AxisSplit split) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> input = frame.Input<T>(0);
        Span<long> destination = frame.Output<long>(0);
        for (int i = 0; i < destination.Length; i++)
        {
            (int outer, int inner) = Math.DivRem(i, split.Inner);
            int first = (outer * split.Length * split.Inner) + inner, found = 0;
            T best = input[first];
            for (int k = 1; k < split.Length; k++)
            {
                T value = input[first + (k * split.Inner)];
                if ((_least ? value < best : value > best) || (_last && value == best)) (best, found) = (value, k);
            }
            destination[i] = found;
        }
    }
}
