using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>Trilu</c> (opset 14 on): the matrices of the last two axes with zeros below a diagonal, or with <c>upper</c> = 0 above it; input 1
/// says how far right of the main one it lies.
/// </summary>
internal sealed class TriluOperator : Operator
{
    private readonly bool _upper;

    public TriluOperator(NodeAttributes node)
    {
        node.RequireOpset(14);
        _upper = node.Flag("upper", fallback: true);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        if (inputs.Shape(0).Rank < 2) throw inputs.Fault($"input 0 is {inputs[0]}, and must have at least 2 axes");
        if (inputs.Has(1) && inputs.Require(1, Storage.Integer).Shape.Count != 1)
            throw inputs.Fault($"the diagonal is {inputs[1]}, and must be one number");
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, shape)),
            Storage.Integer => new(frame => Run<long>(frame, shape)),
            _ => new(frame => Run<bool>(frame, shape)),
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    private void Run<T>(NodeContext frame, TensorShape shape) where T : unmanaged
    {
        Span<T> destination = frame.Output<T>(0);
        frame.Input<T>(0).CopyTo(destination);
        if (destination.IsEmpty) return;
        int rows = shape[shape.Rank - 2], columns = shape[shape.Rank - 1];
        long diagonal = frame.Input<long>(1) is [var given, ..] ? Math.Clamp(given, -rows, columns) : 0;
        for (int row = 0; row < destination.Length / columns; row++)
        {
            Span<T> elements = destination.Slice(row * columns, columns);
            long kept = (row % rows) + diagonal;
            if (_upper) elements[..(int)Math.Clamp(kept, 0, columns)].Clear();
            else elements[(int)Math.Clamp(kept + 1, 0, columns)..].Clear();
        }
    }
}
