using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>Pow</c>: the result has the type of the base; from opset 12 on the exponent may have another.</summary>
internal sealed class PowOperator : Operator
{
    private readonly bool _oneType;

    public PowOperator(NodeAttributes node)
    {
        BinaryRules.RequireNumpyBroadcasting(node);
        _oneType = node.Opset < 12;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = _oneType ? BinaryRules.RequireSameElements(inputs) : inputs[0];
        for (int input = 0; input < 2; input++)
            if (inputs[input].Storage == Storage.Boolean) throw inputs.Fault($"input {input} is {inputs[input]}, and must be numbers");
        return [type.WithShape(BroadcastLoop.Shape(inputs, type.Shape, inputs.Shape(1)))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType element = outputs[0].Element;
        bool floatBase = outputs[0].Storage == Storage.Float, floatExponent = inputs[1].Storage == Storage.Float;

        // Squares and roots are what models write as powers.
        if (floatBase && inputs.Shape(0) == outputs[0].Shape && inputs.Constant(1) is { Length: 1 } exponent
            && Special(floatExponent ? exponent.Floats[0] : exponent.Integers[0]) is { } special)
            return new(frame => ParallelRanges.Run(frame.Input<float>(0), frame.Output<float>(0), settings, special));

        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1));
        return (floatBase, floatExponent) switch
        {
            (true, true) => new(frame => broadcasting.Run<float, float, float>(frame, settings, TensorPrimitives.Pow)),
            (true, false) => new(frame => broadcasting.Run<float, long, float>(frame, settings, static (left, right, destination) =>
            {
                for (int i = 0; i < destination.Length; i++) destination[i] = (float)Math.Pow(left[i], right[i]);
            })),
            (false, true) => new(frame => broadcasting.Run<long, float, long>(frame, settings, (left, right, destination) =>
            {
                for (int i = 0; i < destination.Length; i++) destination[i] = element.Wrap((long)Math.Pow(left[i], right[i]));
            })),
            _ => new(frame => broadcasting.Run<long, long, long>(frame, settings, (left, right, destination) =>
            {
                for (int i = 0; i < destination.Length; i++) destination[i] = element.Wrap(IntegerArithmetic.Power(left[i], right[i]));
            })),
        };
    }

    // An output as wide as the base may be written over it, not over an exponent.
    public override bool MayOverwrite(int input, NodeInputs inputs) =>
        input == 0 && inputs.Shape(0) == BroadcastLoop.Shape(inputs, inputs.Shape(0), inputs.Shape(1));

    private static ParallelRanges.Body<float, float>? Special(double exponent) => exponent switch
    {
        1 => static (x, y) => x.CopyTo(y),
        2 => static (x, y) => TensorPrimitives.Multiply(x, x, y),
        0.5 => static (x, y) => VectorFunction.Apply(default(SquareRootPower), x, y),
        -1 => static (x, y) => TensorPrimitives.Reciprocal(x, y),
        _ => null,
    };

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
