using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary><c>Flatten</c>: a matrix of the axes before <c>axis</c> and of those from it on.</summary>
internal sealed class FlattenOperator(NodeAttributes node) : ViewOperator
{
    private readonly long _axis = node.Integer("axis", 1);
    private readonly bool _fromBack = node.Opset >= 11;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        int least = _fromBack ? -shape.Rank : 0;
        if (_axis < least || _axis > shape.Rank)
            throw inputs.Fault($"axis = {_axis}, and must be from {least} to {shape.Rank} for {inputs[0]}");
        int axis = (int)(_axis < 0 ? _axis + shape.Rank : _axis);
        return [inputs[0].WithShape(new(shape.CountOfAxes(0, axis), shape.CountOfAxes(axis, shape.Rank)))];
    }
}
