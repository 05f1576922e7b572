using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>ReverseSequence</c> (opset 10 on): of each sequence of a batch as many steps as input 1 says in the other order, the others as they
/// are. Batch and time are the first two axes.
/// </summary>
internal sealed class ReverseSequenceOperator : Operator
{
    private readonly int _batchAxis;

    public ReverseSequenceOperator(NodeAttributes node)
    {
        node.RequireOpset(10);
        (long batch, long time) = (node.Integer("batch_axis", 1), node.Integer("time_axis", 0));
        if ((batch, time) is not ((0, 1) or (1, 0)))
            throw node.Fault($"attributes batch_axis = {batch} and time_axis = {time}, and one must be 0 and the other 1");
        _batchAxis = (int)batch;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0);
        if (data.Rank < 2) throw inputs.Fault($"input 0 is {inputs[0]}, and must have at least 2 axes");
        if (inputs.Require(1, Storage.Integer).Shape != new TensorShape(data[_batchAxis]))
            throw inputs.Fault($"the lengths are {inputs[1]}, and must be [{data[_batchAxis]}] for input 0, {inputs[0]}");
        return [inputs[0]];
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
        TensorShape data = inputs.Shape(0);
        ReadOnlySpan<T> source = frame.Input<T>(0);
        ReadOnlySpan<long> lengths = frame.Input<long>(1);
        Span<T> destination = frame.Output<T>(0);
        int inner = data.CountOfAxes(2, data.Rank), steps = data[1 - _batchAxis];
        foreach (long length in lengths)
            if (length < 0 || length > steps)
                throw inputs.Fault($"a length is {length}, and must be from 0 to {steps} for input 0, {inputs[0]}");
        for (int first = 0; first < data[0]; first++)
        {
            for (int second = 0; second < data[1]; second++)
            {
                (int batch, int step) = _batchAxis == 0 ? (first, second) : (second, first);
                int from = step < lengths[batch] ? (int)lengths[batch] - 1 - step : step;
                int row = _batchAxis == 0 ? (first * data[1]) + from : (from * data[1]) + second;
                source.Slice(row * inner, inner).CopyTo(destination[(((first * data[1]) + second) * inner)..]);
            }
        }
    }
}
