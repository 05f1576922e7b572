using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// <c>BiasGelu</c> and <c>FastGelu</c> of ONNX Runtime: the Gaussian error linear unit of input 0 plus a bias along its last axis, by the
/// error function or by the hyperbolic tangent.
/// </summary>
internal sealed class BiasGeluOperator(bool byTanh, bool biasNeeded) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if ((biasNeeded || inputs.Has(1)) && (inputs.Float(1).Shape is not { Rank: 1 } bias || input.Shape.Rank == 0
            || bias[0] != input.Shape[input.Shape.Rank - 1]))
            throw inputs.Fault($"the bias is {inputs[1]}, and must have the length of the last axis of input 0, {input}");
        return [input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop? broadcasting = inputs.Has(1) ? BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1)) : null;
        return new(frame =>
        {
            if (broadcasting is null)
            {
                Threads.ParallelRanges.Run<float, float>(frame.Input<float>(0), frame.Output<float>(0), settings, Apply);
                return;
            }
            broadcasting.Run<float, float, float>(frame, settings, (left, right, destination) =>
            {
                TensorPrimitives.Add(left, right, destination);
                Apply(destination, destination);
            });
        });
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    private void Apply(ReadOnlySpan<float> input, Span<float> destination)
    {
        if (byTanh) VectorFunction.Apply(default(GeluByTanh), input, destination);
        else VectorFunction.Apply(default(Gelu), input, destination);
    }
}
