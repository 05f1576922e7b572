using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>QLinearGlobalAveragePool</c> of ONNX Runtime: the mean of each plane of [batch, channels, sizes...], or with <c>channels_last</c>
/// [batch, sizes..., channels], of 8-bit numbers, as an 8-bit number of another scale and zero point. Sums are exact.
/// </summary>
internal sealed class QuantizedPoolOperator(NodeAttributes node) : Operator
{
    private readonly bool _channelsLast = node.Flag("channels_last", fallback: false);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = IntegerSums.Require(inputs, 0);
        foreach (int scale in (ReadOnlySpan<int>)[1, 3]) IntegerSums.RequireOneScale(inputs, scale);
        int rank = type.Shape.Rank, first = _channelsLast ? 1 : 2;
        if (rank < 3 || type.Shape.CountOfAxes(first, rank - (_channelsLast ? 1 : 0)) == 0)
            throw inputs.Fault($"input 0 is {type}, and must be a batch of channels of planes with no size 0");
        nint[] lengths = type.Shape.Lengths.ToArray();
        Array.Fill(lengths, 1, first, rank - 2);
        return [type.WithShape(new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int channels = _channelsLast ? shape[shape.Rank - 1] : 1, pieces = outputs[0].Shape.Count / channels;
        OnnxElementType element = outputs[0].Element;
        return new(frame =>
        {
            float from = frame.Input<float>(1)[0], to = frame.Input<float>(3)[0];
            long zero = frame.Input<long>(2) is [var given] ? given : 0, other = frame.Input<long>(4) is [var result] ? result : 0;
            ParallelSlices.Run(frame.Input<long>(0), frame.Output<long>(0), pieces, settings, (source, destination, _) =>
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    long sum = 0;
                    for (int i = channel; i < source.Length; i += channels) sum += source[i] - zero;
                    destination[channel] = Quantized.Of((float)((double)sum * from / ((double)to * (source.Length / channels))), other,
                        element);
                }
            });
        })
        {
            Flops = shape.Count,
        };
    }
}
