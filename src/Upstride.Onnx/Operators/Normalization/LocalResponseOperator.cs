using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>LRN</c>: each element over (bias + alpha / size * the squares of its <c>size</c> neighbours along the channels)^beta.
/// </summary>
internal sealed class LocalResponseOperator : Operator
{
    private readonly float _alpha;
    private readonly float _beta;
    private readonly float _bias;
    private readonly int _size;

    public LocalResponseOperator(NodeAttributes node)
    {
        _alpha = node.Float("alpha", 1e-4f);
        _beta = node.Float("beta", 0.75f);
        _bias = node.Float("bias", 1);
        _size = node.Int32("size", 0);
        if (_size < 1) throw node.Fault($"attribute size = {_size}, and must be at least 1");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => inputs.Float(0).Shape.Rank >= 2
        ? [inputs[0]] : throw inputs.Fault($"input 0 is {inputs[0]}, and must be [batch, channels, sizes...]");

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int channels = shape[1], plane = shape.CountOfAxes(2, shape.Rank), before = (_size - 1) / 2;
        return new(frame => ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), shape[0], settings,
            (source, destination, _) =>
        {
            for (int channel = 0; channel < channels; channel++)
            {
                Span<float> sums = destination.Slice(channel * plane, plane);
                sums.Clear();
                int end = (int)Math.Min(channels, (long)channel - before + _size);
                for (int other = Math.Max(0, channel - before); other < end; other++)
                {
                    ReadOnlySpan<float> near = source.Slice(other * plane, plane);
                    TensorPrimitives.MultiplyAdd(near, near, sums, sums);
                }
                TensorPrimitives.Multiply(sums, _alpha / _size, sums);
                TensorPrimitives.Add(sums, _bias, sums);
                TensorPrimitives.Pow(sums, _beta, sums);
                TensorPrimitives.Divide(source.Slice(channel * plane, plane), sums, sums);
            }
        }))
        {
            Flops = (2L * Math.Min(_size, channels) + 4) * shape.Count,
        };
    }
}
