using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary><c>Add</c>: the sum of two tensors whose shapes broadcast.</summary>
internal sealed class AddOperator : Operator
{
    public AddOperator(NodeAttributes node)
    {
        if (node.Opset < 7 && (node.Has("broadcast") || node.Has("axis"))) throw node.Unsupported("broadcasting along an attribute's axis, as before opset 7, is not supported");
        node.Ignore("consumed_inputs");
    }

    public override ImmutableArray<TensorType> Infer(Operands inputs) =>
        [new(inputs.Require(1, inputs[0].Storage).Element, Broadcasting.Shape(inputs, inputs.Shape(0), inputs.Shape(1)))];

    public override Computation Prepare(Operands inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        Broadcasting broadcasting = Broadcasting.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1));
        OnnxElementType element = outputs[0].Element;
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => broadcasting.Run<float>(frame, TensorPrimitives.Add, TensorPrimitives.Add)),
            Storage.Integer => new(frame =>
            {
                broadcasting.Run<long>(frame, TensorPrimitives.Add, TensorPrimitives.Add);
                foreach (ref long value in frame.Output<long>(0)) value = element.Wrap(value);
            }),
            _ => throw inputs.Fault($"input 0 is {inputs[0]}, and must be numbers"),
        };
    }

    public override bool MayOverwrite(int input, Operands inputs) =>
        input < 2 && inputs.Shape(0) == inputs.Shape(1);
}
