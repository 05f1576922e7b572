using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>A function of each element of one tensor of numbers, in place where the input is not read again.</summary>
internal abstract class PointwiseOperator : Operator
{
    /// <summary>Whether there is a function of integers, too.</summary>
    protected virtual bool TakesIntegers => false;

    public sealed override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [TakesIntegers && inputs[0].Storage == Storage.Integer ? inputs[0] : inputs.Float(0)];

    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType element = outputs[0].Element;
        return outputs[0].Storage == Storage.Float
            ? new(frame => ParallelRanges.Run<float, float>(frame.Input<float>(0), frame.Output<float>(0), settings, Apply))
            : new(frame => ParallelRanges.Run<long, long>(frame.Input<long>(0), frame.Output<long>(0), settings, (input, destination) =>
            {
                Apply(input, destination);
                element.Wrap(destination);
            }));
    }

    public sealed override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    /// <summary>Computes it; <paramref name="destination"/> is as long, and may be the same memory.</summary>
    protected abstract void Apply(ReadOnlySpan<float> input, Span<float> destination);

    /// <summary>Computes it for integers; the result is cut to the element type afterwards.</summary>
    protected virtual void Apply(ReadOnlySpan<long> input, Span<long> destination) =>
        throw new NotSupportedException("there is no function of integers");

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, 1);
}
