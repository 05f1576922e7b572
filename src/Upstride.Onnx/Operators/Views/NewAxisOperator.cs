using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary>The elements of input 0 with an axis of length 1 more, in front or at another place.</summary>
internal sealed class NewAxisOperator(long axis = 0) : ViewOperator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        var lengths = new List<nint>(shape.Lengths.ToArray());
        lengths.Insert(inputs.Axis(axis, shape.Rank + 1), 1);
        return [inputs[0].WithShape(new([.. lengths]))];
    }
}
