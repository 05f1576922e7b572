using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>SkipLayerNormalization</c> of ONNX Runtime and, without centring and shift, <c>SkipSimplifiedLayerNormalization</c>: inputs 0 and 1
/// and a bias along the last axis are added, the last axis is brought to mean 0 and variance 1, scaled and shifted. Output 3 is the sum.
/// </summary>
internal sealed class SkipNormalizationOperator(NodeAttributes node, bool centers) : Operator
{
    private const int Sum = 3;

    private readonly float _epsilon = node.Float("epsilon", 1e-12f);

    // The shift is input 3 where there is one, and the bias after it.
    private readonly int _shift = centers ? 3 : -1;
    private readonly int _bias = centers ? 4 : 3;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        TensorShape skip = inputs.Float(1).Shape, shape = input.Shape;
        if (shape.Rank is not (2 or 3) || shape[shape.Rank - 1] == 0)
            throw inputs.Fault($"input 0 is {input}, and must be [..., width] of 2 or 3 axes and some width");

        // A skip may stand for every image, also without that axis.
        bool fits = skip == shape || (shape.Rank == 3 && skip.Count == shape.CountOfAxes(1, 3) && skip.Rank is 2 or 3
            && skip[skip.Rank - 1] == shape[2] && skip[skip.Rank - 2] == shape[1]);
        if (!fits) throw inputs.Fault($"the skip is {inputs[1]}, and must be as input 0, {input}, for every image or for all");
        for (int i = 2; i < 5; i++)
            if ((i == 2 || inputs.Has(i)) && (inputs.Float(i).Shape is not { Rank: 1 } row || row[0] != shape[shape.Rank - 1]))
                throw inputs.Fault($"input {i} is {inputs[i]}, and must be [{shape[shape.Rank - 1]}]");
        nint[] lengths = shape.Lengths.ToArray();
        lengths[^1] = 1;
        var statistics = new TensorType(OnnxElementType.Float32, new(lengths));
        return inputs.OutputCount < 2 ? [input] : [input, statistics, statistics, input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int width = shape[shape.Rank - 1], rows = shape.Count / width, skips = inputs.Shape(1).Count / width;
        return new(frame =>
        {
            float[] skip = frame.Input<float>(1).ToArray(), scale = frame.Input<float>(2).ToArray();
            float[] shift = Row(frame, _shift), bias = Row(frame, _bias);
            (float[] means, float[] factors) = (new float[rows], new float[rows]);
            float[] sums = inputs.Wants(Sum) ? new float[shape.Count] : [];
            ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), rows, settings, (source, destination, row) =>
            {
                TensorPrimitives.Add(source, skip.AsSpan(row % skips * width, width), destination);
                if (bias.Length > 0) TensorPrimitives.Add(destination, bias, destination);
                if (sums.Length > 0) destination.CopyTo(sums.AsSpan(row * width, width));
                double mean = centers ? Moments.MeanOf(destination) : 0;
                double factor = 1 / Math.Sqrt((Moments.SquaresAround(destination, mean) / width) + _epsilon);
                (means[row], factors[row]) = ((float)mean, (float)factor);
                Moments.Normalize(destination, mean, factor, 0, destination);
                TensorPrimitives.Multiply(destination, scale, destination);
                if (shift.Length > 0) TensorPrimitives.Add(destination, shift, destination);
            });
            if (inputs.Wants(1)) means.CopyTo(frame.Output<float>(1));
            if (inputs.Wants(2)) factors.CopyTo(frame.Output<float>(2));
            if (inputs.Wants(Sum)) sums.CopyTo(frame.Output<float>(Sum));
        })
        {
            Flops = 10L * shape.Count,
            WorkspaceBytes = inputs[1].Bytes + (inputs.Wants(Sum) ? inputs[0].Bytes : 0),
        };
    }

    private static float[] Row(NodeContext frame, int input) => input < 0 ? [] : frame.Input<float>(input).ToArray();
}
