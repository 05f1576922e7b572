using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary><c>Unsqueeze</c>: with new axes of length 1, counted in the output. They are an input from opset 13 on.</summary>
internal sealed class UnsqueezeOperator(NodeAttributes node) : ViewOperator
{
    private readonly AttributeOrInput _axes = new(node, "axes", inputSince: 13);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        long[] axes = _axes.Of(inputs) ?? throw inputs.Fault("axes are needed, and there are none");
        var added = new bool[shape.Rank + axes.Length];
        foreach (long one in axes)
        {
            int axis = inputs.Axis(one, added.Length);
            added[axis] = !added[axis] ? true : throw inputs.Fault($"axes = [{string.Join(", ", axes)}], and each may stand there once");
        }
        var lengths = new nint[added.Length];
        for (int axis = 0, own = 0; axis < lengths.Length; axis++) lengths[axis] = added[axis] ? 1 : shape[own++];
        return [inputs[0].WithShape(new(lengths))];
    }
}
