using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>A question to each floating-point number: <c>IsNaN</c> and <c>IsInf</c>.</summary>
internal sealed class IsNanInfOperator : Operator
{
    private readonly ParallelRanges.Body<float, bool> _test;

    private IsNanInfOperator(ParallelRanges.Body<float, bool> test) => _test = test;

    public static IsNanInfOperator IsNaN() => new(static (input, destination) =>
    {
        for (int i = 0; i < input.Length; i++) destination[i] = float.IsNaN(input[i]);
    });

    public static IsNanInfOperator IsInf(NodeAttributes node)
    {
        bool negative = node.Flag("detect_negative", fallback: true), positive = node.Flag("detect_positive", fallback: true);
        return new((input, destination) =>
        {
            for (int i = 0; i < input.Length; i++)
                destination[i] = (negative && float.IsNegativeInfinity(input[i])) || (positive && float.IsPositiveInfinity(input[i]));
        });
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [new(OnnxElementType.Boolean, inputs.Float(0).Shape)];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        new(frame => ParallelRanges.Run(frame.Input<float>(0), frame.Output<bool>(0), settings, _test));
}
