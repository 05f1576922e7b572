using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>A question to each floating-point number: <c>IsNaN</c> and <c>IsInf</c>.</summary>
internal sealed class FloatTestOperator : Operator
{
    private readonly Ranges.Body<float, bool> _test;

    private FloatTestOperator(Ranges.Body<float, bool> test) => _test = test;

    public static FloatTestOperator IsNaN() => new(static (input, destination) =>
    {
        for (int i = 0; i < input.Length; i++) destination[i] = float.IsNaN(input[i]);
    });

    public static FloatTestOperator IsInf(NodeAttributes node)
    {
        bool negative = node.Flag("detect_negative", fallback: true), positive = node.Flag("detect_positive", fallback: true);
        return new((input, destination) =>
        {
            for (int i = 0; i < input.Length; i++)
                destination[i] = (negative && float.IsNegativeInfinity(input[i])) || (positive && float.IsPositiveInfinity(input[i]));
        });
    }

    public override ImmutableArray<TensorType> Infer(Operands inputs) => [new(OnnxElementType.Boolean, inputs.Float(0).Shape)];

    public override Computation Prepare(Operands inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        new(frame => Ranges.Run(frame.Input<float>(0), frame.Output<bool>(0), settings, _test));
}
