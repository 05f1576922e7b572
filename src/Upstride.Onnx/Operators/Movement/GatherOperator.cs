using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>Gather</c>: for each index of input 1 the slice of input 0 that stands there along an axis; a negative index counts from the end.
/// </summary>
internal sealed class GatherOperator(NodeAttributes node) : Operator
{
    private readonly long _axis = node.Integer("axis", 0);

    /// <summary>The axis along which the indices count.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Require(1, Storage.Integer).Shape;
        int axis = inputs.Axis(_axis, data.Rank);
        return [inputs[0].WithShape(new([.. data.Lengths[..axis], .. indices.Lengths, .. data.Lengths[(axis + 1)..]]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = AxisSplit.Of(inputs.Shape(0), inputs.Axis(_axis, inputs.Shape(0).Rank));
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, split, inputs)),
            Storage.Integer => new(frame => Run<long>(frame, split, inputs)),
            _ => new(frame => Run<bool>(frame, split, inputs)),
        };
    }

    private static void Run<T>(NodeContext frame, AxisSplit split, NodeInputs inputs) where T : unmanaged
    {
        ReadOnlySpan<T> data = frame.Input<T>(0);
        ReadOnlySpan<long> indices = frame.Input<long>(1);
        Span<T> destination = frame.Output<T>(0);
        if (destination.IsEmpty) return;
        for (int outer = 0; outer < split.Outer; outer++)
        {
            ReadOnlySpan<T> source = data.Slice(outer * split.Length * split.Inner, split.Length * split.Inner);
            foreach (long index in indices)
            {
                source.Slice(IndexBounds.Place(index, split.Length, inputs) * split.Inner, split.Inner).CopyTo(destination);
                destination = destination[split.Inner..];
            }
        }
    }
}
