using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary><c>EyeLike</c> (opset 9 on): a matrix of the size of input 0 with ones on the diagonal <c>k</c> right of the main.</summary>
internal sealed class EyeLikeOperator : Operator
{
    private readonly OnnxElementType? _type;
    private readonly long _diagonal;

    public EyeLikeOperator(NodeAttributes node)
    {
        node.RequireOpset(9);
        _type = node.ElementType("dtype");
        _diagonal = node.Int32("k", 0);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => inputs.Shape(0).Rank == 2
        ? [new(_type ?? inputs[0].Element, inputs.Shape(0))]
        : throw inputs.Fault($"input 0 is {inputs[0]}, and must have 2 axes");

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = outputs[0].Shape;
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run(frame.Output<float>(0), shape, 1)),
            Storage.Integer => new(frame => Run(frame.Output<long>(0), shape, 1)),
            _ => new(frame => Run(frame.Output<bool>(0), shape, true)),
        };
    }

    private void Run<T>(Span<T> destination, TensorShape shape, T one)
    {
        destination.Clear();
        for (int row = 0; row < shape[0]; row++)
            if (row + _diagonal is var column && column >= 0 && column < shape[1]) destination[(row * shape[1]) + (int)column] = one;
    }
}
