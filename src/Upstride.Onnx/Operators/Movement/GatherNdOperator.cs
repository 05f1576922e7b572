using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>GatherND</c> (opset 11 on): for each row of input 1 the slice of input 0 that the row's indices name, counted in the image that the
/// row belongs to where the first axes of both are a batch (opset 12 on).
/// </summary>
internal sealed class GatherNdOperator : Operator
{
    private readonly int _batchAxes;

    public GatherNdOperator(NodeAttributes node)
    {
        node.RequireOpset(11);
        if (node.Opset >= 12) _batchAxes = node.Int32("batch_dims", 0);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Require(1, Storage.Integer).Shape;
        int most = Math.Min(data.Rank, indices.Rank) - 1;
        if (_batchAxes < 0 || _batchAxes > most)
            throw inputs.Fault($"attribute batch_dims = {_batchAxes}, and must be from 0 to {most} for indices {inputs[1]} and data "
                + $"{inputs[0]}");
        if (!data.Lengths[.._batchAxes].SequenceEqual(indices.Lengths[.._batchAxes]))
            throw inputs.Fault($"the indices are {inputs[1]} and the data {inputs[0]}: the first batch_dims = {_batchAxes} axes must be "
                + "equal");
        int named = indices[indices.Rank - 1];
        if (named < 1 || named > data.Rank - _batchAxes)
            throw inputs.Fault($"the indices are {inputs[1]} and the data {inputs[0]}: the last axis of the indices must have from 1 to "
                + $"{data.Rank - _batchAxes} numbers");
        return [inputs[0].WithShape(new([.. indices.Lengths[..^1], .. data.Lengths[(_batchAxes + named)..]]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, inputs)),
            Storage.Integer => new(frame => Run<long>(frame, inputs)),
            _ => new(frame => Run<bool>(frame, inputs)),
        };

    private void Run<T>(NodeContext frame, NodeInputs inputs) where T : unmanaged
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Shape(1);
        ReadOnlySpan<T> source = frame.Input<T>(0);
        ReadOnlySpan<long> places = frame.Input<long>(1);
        Span<T> destination = frame.Output<T>(0);
        if (destination.IsEmpty) return;
        int named = indices[indices.Rank - 1], slice = data.CountOfAxes(_batchAxes + named, data.Rank);
        int rows = indices.CountOfAxes(_batchAxes, indices.Rank - 1), image = data.CountOfAxes(_batchAxes, data.Rank);
        int[] strides = StridedGather.RowMajor(data);
        for (int row = 0; row < destination.Length / slice; row++)
        {
            int place = row / rows * image;
            for (int axis = 0; axis < named; axis++)
                place += IndexBounds.Place(places[(row * named) + axis], data[_batchAxes + axis], inputs) * strides[_batchAxes + axis];
            source.Slice(place, slice).CopyTo(destination[(row * slice)..]);
        }
    }
}
