using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>QLinearSigmoid</c> and <c>QLinearLeakyRelu</c> of ONNX Runtime: a function of 8-bit numbers with a scale and a zero point, as 8-bit
/// numbers of another. Each of the 256 has its result in a table.
/// </summary>
internal sealed class QuantizedFunctionOperator(Func<float, float> function) : Operator
{
    public static QuantizedFunctionOperator Sigmoid() => new(static x => 1 / (1 + MathF.Exp(-x)));

    public static QuantizedFunctionOperator LeakyRelu(NodeAttributes node)
    {
        float alpha = node.Float("alpha", 0.01f);
        return new(x => x < 0 ? alpha * x : x);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = IntegerSums.Require(inputs, 0);
        foreach (int scale in (ReadOnlySpan<int>)[1, 3]) IntegerSums.RequireOneScale(inputs, scale);
        return [type];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType element = outputs[0].Element;
        return new(frame =>
        {
            float from = frame.Input<float>(1)[0], to = frame.Input<float>(3)[0];
            long zero = frame.Input<long>(2) is [var given] ? given : 0, other = frame.Input<long>(4) is [var result] ? result : 0;
            (long least, long most) = element.Range;
            var table = new long[256];
            for (long code = least; code <= most; code++)
                table[code - least] = Quantized.Of(function((code - zero) * from) / to, other, element);
            ParallelRanges.Run<long, long>(frame.Input<long>(0), frame.Output<long>(0), settings, (input, destination) =>
            {
                for (int i = 0; i < input.Length; i++) destination[i] = table[input[i] - least];
            });
        });
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;
}
