using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// <c>PRelu</c>: x where positive or zero, else slope x. The slope broadcasts to x, never x to it; before opset 7 it is one for each
/// channel, or one.
/// </summary>
internal sealed class PReluOperator(NodeAttributes node) : Operator
{
    private readonly bool _slopeOfChannel = node.Opset < 7;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = BinaryRules.RequireSameElements(inputs);
        if (type.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {type}, and must be numbers");
        TensorShape slope = SlopeShape(inputs);
        if (slope.Rank > type.Shape.Rank || BroadcastLoop.Shape(inputs, type.Shape, slope) != type.Shape)
            throw inputs.Fault($"the slope is {inputs[1]}, and must broadcast to {type}");
        return [type];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), SlopeShape(inputs));
        OnnxElementType element = outputs[0].Element;
        return outputs[0].Storage == Storage.Float
            ? new(frame => broadcasting.Run<float, float, float>(frame, settings, PRelu.Apply))
            : new(frame => broadcasting.Run<long, long, long>(frame, settings, (input, slope, destination) =>
            {
                for (int i = 0; i < destination.Length; i++) destination[i] = input[i] < 0 ? element.Wrap(slope[i] * input[i]) : input[i];
            }));
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    public override Activation? AsActivation(NodeInputs inputs)
    {
        if (inputs.Constant(1) is not { } slope || inputs[0].Storage != Storage.Float || inputs.Shape(0).Rank < 2) return null;
        if (slope.Length == 1) return Activation.PRelu(slope.Floats[0]);

        // One for each channel: the slope's only axis longer than 1 is the channels'.
        TensorShape shape = SlopeShape(inputs);
        int channels = shape.Rank - (inputs.Shape(0).Rank - 1);
        return channels >= 0 && shape[channels] == slope.Length && slope.Length == inputs.Shape(0)[1]
            ? Activation.PRelu(slope.Floats) : null;
    }

    /// <summary>The shape of the slope as it broadcasts.</summary>
    public TensorShape SlopeShape(NodeInputs inputs)
    {
        TensorShape slope = inputs.Shape(1), input = inputs.Shape(0);
        if (!_slopeOfChannel || slope.Rank != 1 || input.Rank < 3) return slope;
        var lengths = new nint[input.Rank - 1];
        Array.Fill(lengths, 1);
        lengths[0] = slope[0];
        return new(lengths);
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) =>
        _slopeOfChannel ? null : (this, inputs.Count);
}
