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
    private readonly Affine? _affine;
    private readonly string _integersOnly;

    /// <param name="node">Without attributes of its own.</param>
    /// <param name="floats">The function of floating-point numbers; null where there is none.</param>
    /// <param name="integers">The function of integers; its results are cut to the element type.</param>
    /// <param name="affine">The function of floating-point numbers where one is constant; null where it has no such form.</param>
    /// <param name="integersOnly">What a refusal of floating-point numbers says of how they are taken.</param>
    public ArithmeticOperator(NodeAttributes node, BroadcastLoop.Elementwise<float, float, float>? floats,
        BroadcastLoop.Elementwise<long, long, long> integers, Affine? affine = null, string integersOnly = "")
    {
        BinaryRules.RequireNumpyBroadcasting(node);
        (_floats, _integers, _affine, _integersOnly) = (floats, integers, affine, integersOnly);
    }

    /// <summary>The function as <c>scale*x + shift</c> of one number where the other is constant; null where it is not of this
    /// form.</summary>
    /// <param name="constant">The other number.</param>
    /// <param name="left">Whether it is the first of the two.</param>
    public delegate (float Scale, float Shift)? Affine(float constant, bool left);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = BinaryRules.RequireSameElements(inputs);
        if (type.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {type}, and must be numbers");
        if (type.Storage == Storage.Float && _floats is null)
            throw inputs.Fault($"input 0 is {type}, and must be integers{_integersOnly}");
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

    public override (float[] Scale, float[] Shift)? AsChannelAffine(NodeInputs inputs)
    {
        int constant = inputs.Constant(0) is null ? 1 : 0;
        if (_affine is null || inputs.Constant(constant) is not { } operand || inputs.Constant(1 - constant) is not null
            || operand.Type.Storage != Storage.Float) return null;
        TensorShape shape = inputs.Shape(1 - constant), own = operand.Type.Shape;
        if (shape.Rank < 2 || own.Rank > shape.Rank) return null;

        // One number, or one for each channel: every other axis, aligned at the last, has length 1.
        for (int axis = 0; axis < own.Rank; axis++)
            if (own[axis] != 1 && (axis + shape.Rank - own.Rank != 1 || own[axis] != shape[1])) return null;
        (float[] scales, float[] shifts) = (new float[shape[1]], new float[shape[1]]);
        for (int channel = 0; channel < scales.Length; channel++)
        {
            if (_affine(operand.Floats[own.Count == 1 ? 0 : channel], constant == 0) is not var (scale, shift)
                || !float.IsFinite(scale) || !float.IsFinite(shift)) return null;
            (scales[channel], shifts[channel]) = (scale, shift);
        }
        return (scales, shifts);
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
