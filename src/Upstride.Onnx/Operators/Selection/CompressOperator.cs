using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>Compress</c> (opset 9 on): the slices along an axis, or without one the elements, whose truth value in input 1 is true. How many
/// there are is a shape, so these must be known when a plan is made: each set of them has a plan of its own.
/// </summary>
internal sealed class CompressOperator : Operator
{
    private readonly AxisSlices _slices;

    public CompressOperator(NodeAttributes node)
    {
        node.RequireOpset(9);
        _slices = AxisSlices.Of(node);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [_slices.TypeOf(inputs, Chosen(inputs).Length)];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int[] chosen = Chosen(inputs);
        AxisSplit split = _slices.Split(inputs);
        Storage storage = outputs[0].Storage;
        return new(frame => AxisSlices.Copy(frame, storage, split, chosen));
    }

    // Truth values may be fewer than slices, and those without one are left out.
    private int[] Chosen(NodeInputs inputs)
    {
        ReadOnlySpan<bool> condition = inputs.Booleans(1);
        int length = _slices.Split(inputs).Length;
        if (inputs.Shape(1).Rank != 1 || condition.Length > length)
            throw inputs.Fault($"the condition is {inputs[1]}, and must have one axis of at most {length} for input 0, {inputs[0]}");
        var chosen = new List<int>();
        for (int i = 0; i < condition.Length; i++)
            if (condition[i]) chosen.Add(i);
        return [.. chosen];
    }
}
