using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary>
/// <c>Squeeze</c>: without the named axes, which have length 1, or without all that have. The axes are an input from opset 13 on.
/// </summary>
internal sealed class SqueezeOperator(NodeAttributes node) : ViewOperator
{
    private readonly AttributeOrInput _axes = new(node, "axes", inputSince: 13);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        var removed = new bool[shape.Rank];
        if (_axes.Of(inputs) is { } axes)
        {
            foreach (long one in axes)
            {
                int axis = inputs.Axis(one, shape.Rank);
                removed[axis] =
                    shape[axis] == 1
                    ? true : throw inputs.Fault($"axis {one} of {inputs[0]} has length {shape[axis]}, and must have 1 to be taken out");
            }
        }
        else
        {
            for (int axis = 0; axis < removed.Length; axis++) removed[axis] = shape[axis] == 1;
        }
        return [inputs[0].WithShape(
            new([.. Arrays.Range(0, shape.Rank).Where(axis => !removed[axis]).Select(axis => (nint)shape[axis])]))];
    }
}
