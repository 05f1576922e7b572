using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// A function of two numbers of one type whose tensors broadcast: <c>Add</c>, <c>Sub</c>, <c>Mul</c>, <c>Div</c>, <c>Mod</c>.
/// </summary>
internal sealed class ArithmeticOperator : Operator
{
    private readonly BroadcastLoop.Elementwise<float, float, float>? _floats;
    private readonly BroadcastLoop.Elementwise<long, long, long> _integers;

    /// <param name="node">Without attributes of its own.</param>
    /// <param name="floats">The function of floating-point numbers; null where there is none.</param>
    /// <param name="integers">The function of integers; its results are cut to the element type.</param>
    public ArithmeticOperator(NodeAttributes node, BroadcastLoop.Elementwise<float, float, float>? floats,
        BroadcastLoop.Elementwise<long, long, long> integers)
    {
        BinaryRules.RequireNumpyBroadcasting(node);
        (_floats, _integers) = (floats, integers);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = BinaryRules.RequireSameElements(inputs);
        if (type.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {type}, and must be numbers");
        if (type.Storage == Storage.Float && _floats is null)
            throw inputs.Fault($"input 0 is {type}, and must be integers: floating-point numbers need fmod = 1");
        return [type.WithShape(BroadcastLoop.Shape(inputs, inputs.Shape(0), inputs.Shape(1)))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1));
        OnnxElementType element = outputs[0].Element;
        return outputs[0].Storage == Storage.Float
            ? new(frame => broadcasting.Run(frame, settings, _floats!))
            : new(frame => broadcasting.Run<long, long, long>(frame, settings, (left, right, destination) =>
            {
                _integers(left, right, destination);
                element.Wrap(destination);
            }));
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) =>
        input < 2 && inputs.Shape(input) == BroadcastLoop.Shape(inputs, inputs.Shape(0), inputs.Shape(1));
}
