using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>QLinearAdd</c> and <c>QLinearMul</c> of ONNX Runtime: the sum or product of two tensors of 8-bit numbers, each with a scale and a
/// zero point, as 8-bit numbers again. Inputs are A, its scale, its zero point, the same of B, and scale and zero point of the result.
/// </summary>
internal sealed class QuantizedArithmeticOperator(bool multiplies) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = IntegerSums.Require(inputs, 0);
        if (IntegerSums.Require(inputs, 3).Element != type.Element)
            throw inputs.Fault($"input 3 is {inputs[3]}, and must be {type.Element.Text} as input 0 is");
        foreach (int scale in (ReadOnlySpan<int>)[1, 4, 6]) IntegerSums.RequireOneScale(inputs, scale);
        return [type.WithShape(BroadcastLoop.Shape(inputs, type.Shape, inputs.Shape(3)))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(3));
        OnnxElementType element = outputs[0].Element;
        return new(frame =>
        {
            (float first, float second, float result) = (frame.Input<float>(1)[0], frame.Input<float>(4)[0], frame.Input<float>(6)[0]);
            long zeroOfFirst = Zero(frame, 2), zeroOfSecond = Zero(frame, 5), zero = Zero(frame, 7);
            broadcasting.Run<long, long, long>(frame.Input<long>(0), frame.Input<long>(3), frame.Output<long>(0), settings,
                (left, right, destination) =>
                {
                    for (int i = 0; i < destination.Length; i++)
                    {
                        float a = (left[i] - zeroOfFirst) * first, b = (right[i] - zeroOfSecond) * second;
                        destination[i] = Quantized.Of((multiplies ? a * b : a + b) / result, zero, element);
                    }
                });
        });
    }

    private static long Zero(NodeContext frame, int input) => frame.Input<long>(input) is [var zero] ? zero : 0;
}
