using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// <c>Clip</c>: x limited to a minimum and a maximum, which are attributes before opset 11 and inputs from then on. Where the minimum is
/// above the maximum, all is the maximum.
/// </summary>
internal sealed class ClipOperator : Operator
{
    private readonly float _minimum = float.NegativeInfinity;
    private readonly float _maximum = float.PositiveInfinity;

    public ClipOperator(NodeAttributes node)
    {
        node.Ignore("consumed_inputs");
        if (node.Opset >= 11) return;
        _minimum = node.Float("min", float.MinValue);
        _maximum = node.Float("max", float.MaxValue);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        if (inputs[0].Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {inputs[0]}, and must be numbers");
        for (int bound = 1; bound <= 2; bound++)
        {
            if (!inputs.Has(bound)) continue;
            BinaryRules.RequireSameElements(inputs, 0, bound);
            if (inputs.Shape(bound).Count != 1) throw inputs.Fault($"input {bound} is {inputs[bound]}, and must be one number");
        }
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage == Storage.Float
        ? new(frame => Run(frame, _minimum, _maximum, settings))
        : new(frame => Run(frame, long.MinValue, long.MaxValue, settings));

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    public override Activation? AsActivation(NodeInputs inputs)
    {
        if (inputs[0].Storage != Storage.Float || !Bound(1, _minimum, out float minimum) || !Bound(2, _maximum, out float maximum)
            || !(minimum <= maximum)) return null;
        return Activation.Clip(minimum, maximum);

        bool Bound(int input, float fallback, out float value)
        {
            value = inputs.Constant(input) is { } constant ? constant.Floats[0] : fallback;
            return inputs.Constant(input) is not null || !inputs.Has(input);
        }
    }

    private static void Run<T>(NodeContext frame, T minimum, T maximum, ComputeSettings settings) where T : unmanaged, INumber<T>
    {
        T least = frame.Input<T>(1) is [var given] ? given : minimum, greatest = frame.Input<T>(2) is [var other] ? other : maximum;
        ParallelRanges.Run(frame.Input<T>(0), frame.Output<T>(0), settings, (input, destination) =>
        {
            TensorPrimitives.Max(input, least, destination);
            TensorPrimitives.Min(destination, greatest, destination);
        });
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
