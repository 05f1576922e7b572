using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>Max</c>, <c>Min</c>, <c>Sum</c> and <c>Mean</c> of any number of tensors that broadcast together.</summary>
internal sealed class VariadicOperator : Operator
{
    private readonly BroadcastLoop.Elementwise<float, float, float> _floats;
    private readonly BroadcastLoop.Elementwise<long, long, long>? _integers;
    private readonly bool _mean;
    private readonly bool _sameShapes;

    /// <param name="node">Without attributes of its own.</param>
    /// <param name="floats">Combines what is there with one more.</param>
    /// <param name="integers">The same for integers; null where there are none.</param>
    /// <param name="mean">Whether the result is divided by the number of tensors.</param>
    public VariadicOperator(NodeAttributes node, BroadcastLoop.Elementwise<float, float, float> floats,
        BroadcastLoop.Elementwise<long, long, long>? integers, bool mean = false)
    {
        (_floats, _integers, _mean, _sameShapes) = (floats, integers, mean, node.Opset < 8);
        if (node.InputCount == 0) throw node.Fault("it has no inputs, and needs at least 1");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = _integers is not null && inputs[0].Storage == Storage.Integer ? inputs[0] : inputs.Float(0);
        TensorShape shape = type.Shape;
        for (int input = 1; input < inputs.Count; input++)
        {
            BinaryRules.RequireSameElements(inputs, 0, input);
            if (_sameShapes && inputs.Shape(input) != shape)
                throw inputs.Fault($"input {input} is {inputs[input]}, and must be {type} before opset 8");
            shape = BroadcastLoop.Shape(inputs, shape, inputs.Shape(input));
        }
        return [type.WithShape(shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        // The first tensor is brought to the output's shape, and each other one combined with what is there.
        TensorShape shape = outputs[0].Shape;
        BroadcastLoop[] steps =
            [.. Arrays.Range(0, inputs.Count)
            .Select(input => BroadcastLoop.Of(shape, input == 0 ? inputs.Shape(0) : shape, inputs.Shape(input)))];
        if (outputs[0].Storage == Storage.Integer)
        {
            return new(frame =>
            {
                Span<long> destination = frame.Output<long>(0);
                steps[0].Run<long, long, long>(frame.Input<long>(0), frame.Input<long>(0), destination, settings,
                    static (first, _, result) => first.CopyTo(result));
                for (int input = 1; input < steps.Length; input++)
                    steps[input].Run(destination, frame.Input<long>(input), destination, settings, _integers!);
            });
        }
        return new(frame =>
        {
            Span<float> destination = frame.Output<float>(0);
            steps[0].Run<float, float, float>(frame.Input<float>(0), frame.Input<float>(0), destination, settings,
                static (first, _, result) => first.CopyTo(result));
            for (int input = 1; input < steps.Length; input++)
                steps[input].Run(destination, frame.Input<float>(input), destination, settings, _floats);
            if (_mean) TensorPrimitives.Divide(destination, steps.Length, destination);
        });
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
