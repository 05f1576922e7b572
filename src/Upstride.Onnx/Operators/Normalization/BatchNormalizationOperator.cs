using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>BatchNormalization</c> (opset 1 on): <c>scale * (x - mean)/sqrt(variance + epsilon) + B</c> with a mean and a variance for each
/// channel, given, or from opset 14 on found from the batch, which then moves the given ones.
/// </summary>
internal sealed class BatchNormalizationOperator : Operator
{
    private readonly float _epsilon;
    private readonly float _momentum;
    private readonly bool _training;

    public BatchNormalizationOperator(NodeAttributes node)
    {
        _epsilon = node.Float("epsilon", 1e-5f);
        _momentum = node.Float("momentum", 0.9f);
        if (node.Opset >= 14)
            _training = node.Flag("training_mode", false);
        else if ((node.Opset < 7 && !node.Flag("is_test", false)) || node.OutputCount > 1)
            throw node.Unsupported("batch normalisation in training is supported from opset 14 on");
        if (node.Opset < 9 && !node.Flag("spatial", true))
            throw node.Unsupported("batch normalisation with statistics for each element (spatial = 0) is not supported");
        if (node.Opset < 7) node.Ignore("consumed_inputs");
        if (!_training && node.OutputCount > 1)
            throw node.Fault($"the node names {node.OutputCount} outputs, and has 1 where training_mode is 0");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if (input.Shape.Rank < 2) throw inputs.Fault($"input 0 is {input}, and must be [batch, channels, ...]");
        for (int i = 1; i < 5; i++)
            if (inputs.Float(i).Shape is not { Rank: 1 } shape || shape[0] != input.Shape[1])
                throw inputs.Fault($"input {i} is {inputs[i]}, and must be [{input.Shape[1]}] for {input.Shape[1]} channels");
        if (!_training) return [input];
        if (input.Shape.Count == 0) throw inputs.Fault($"input 0 is {input}, and no statistics can be had of no element");
        return [input, inputs[3], inputs[4]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int channels = shape[1], planes = shape.CountOfAxes(0, 2);
        return new(frame =>
        {
            ReadOnlySpan<float> mean = frame.Input<float>(3), variance = frame.Input<float>(4);
            if (_training)
            {
                (float[] batchMean, float[] batchVariance) = Statistics(frame.Input<float>(0), channels, planes);
                Move(mean, batchMean, frame.Output<float>(1));
                Move(variance, batchVariance, frame.Output<float>(2));
                mean = batchMean;
                variance = batchVariance;
            }
            (float[] scale, float[] shift) = Affine(frame.Input<float>(1), frame.Input<float>(2), mean, variance);
            ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), planes, settings,
                (source, destination, plane) => Moments.Normalize(source, 0, scale[plane % channels], shift[plane % channels],
                destination));
        })
        {
            Flops = 2L * shape.Count,
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    public override (float[] Scale, float[] Shift)? AsChannelAffine(NodeInputs inputs) =>
        !_training && inputs.Constant(1) is { } scale && inputs.Constant(2) is { } shift && inputs.Constant(3) is { } mean
        && inputs.Constant(4) is { } variance
            ? Affine(scale.Floats, shift.Floats, mean.Floats, variance.Floats)
            : null;

    private (float[] Scale, float[] Shift) Affine(ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> variance)
    {
        (float[] scales, float[] shifts) = (new float[scale.Length], new float[scale.Length]);
        for (int channel = 0; channel < scales.Length; channel++)
        {
            double factor = scale[channel] / Math.Sqrt((double)variance[channel] + _epsilon);
            (scales[channel], shifts[channel]) = ((float)factor, (float)(shift[channel] - factor * mean[channel]));
        }
        return (scales, shifts);
    }

    // Over the batch and all sizes; the variance is that of the elements themselves, not an estimate for more of their kind.
    private static (float[] Mean, float[] Variance) Statistics(ReadOnlySpan<float> input, int channels, int planes)
    {
        int plane = input.Length / planes, batch = planes / channels;
        (float[] means, float[] variances) = (new float[channels], new float[channels]);
        for (int channel = 0; channel < channels; channel++)
        {
            double mean = 0, squares = 0;
            for (int n = 0; n < batch; n++) mean += Moments.MeanOf(input.Slice((n * channels + channel) * plane, plane)) / batch;
            for (int n = 0; n < batch; n++) squares += Moments.SquaresAround(input.Slice((n * channels + channel) * plane, plane), mean);
            (means[channel], variances[channel]) = ((float)mean, (float)(squares / ((double)batch * plane)));
        }
        return (means, variances);
    }

    private void Move(ReadOnlySpan<float> given, ReadOnlySpan<float> found, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = given[i] * _momentum + found[i] * (1 - _momentum);
    }
}
