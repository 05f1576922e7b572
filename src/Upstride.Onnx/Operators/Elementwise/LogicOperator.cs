using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>And</c>, <c>Or</c> and <c>Xor</c> of two tensors of truth values that broadcast.</summary>
internal sealed class LogicOperator : Operator
{
    private readonly BroadcastLoop.Elementwise<bool, bool, bool> _function;

    private LogicOperator(NodeAttributes node, BroadcastLoop.Elementwise<bool, bool, bool> function)
    {
        BinaryRules.RequireNumpyBroadcasting(node);
        _function = function;
    }

    public static LogicOperator And(NodeAttributes node) => new(node, static (left, right, destination) =>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = left[i] & right[i];
    });

    public static LogicOperator Or(NodeAttributes node) => new(node, static (left, right, destination) =>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = left[i] | right[i];
    });

    public static LogicOperator Xor(NodeAttributes node) => new(node, static (left, right, destination) =>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = left[i] ^ right[i];
    });

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [new(OnnxElementType.Boolean,
        BroadcastLoop.Shape(inputs, inputs.Require(0, Storage.Boolean).Shape, inputs.Require(1, Storage.Boolean).Shape))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1));
        return new(frame => broadcasting.Run(frame, settings, _function));
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) =>
        input < 2 && inputs.Shape(input) == BroadcastLoop.Shape(inputs, inputs.Shape(0), inputs.Shape(1));

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
