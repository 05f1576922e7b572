using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>Where</c>: of two tensors the one or the other element, as a truth value says; all three broadcast.</summary>
internal sealed class WhereOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape condition = inputs.Require(0, Storage.Boolean).Shape;
        TensorType type = BinaryRules.RequireSameElements(inputs, 1, 2);
        return [type.WithShape(BroadcastLoop.Shape(inputs, condition, BroadcastLoop.Shape(inputs, type.Shape, inputs.Shape(2))))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1), inputs.Shape(2));
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, broadcasting, settings)),
            Storage.Integer => new(frame => Run<long>(frame, broadcasting, settings)),
            _ => new(frame => Run<bool>(frame, broadcasting, settings)),
        };
    }

    private static void Run<T>(NodeContext frame, BroadcastLoop broadcasting, ComputeSettings settings) where T : unmanaged =>
        broadcasting.Run<bool, T, T, T>(frame.Input<bool>(0), frame.Input<T>(1), frame.Input<T>(2), frame.Output<T>(0), settings,
        static (condition, yes, no, destination) =>
        {
            for (int i = 0; i < destination.Length; i++) destination[i] = condition[i] ? yes[i] : no[i];
        });

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
