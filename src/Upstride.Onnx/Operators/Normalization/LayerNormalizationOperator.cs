using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>LayerNormalization</c> (opset 17 on): all elements from one axis on brought to mean 0 and variance 1, then scaled and shifted
/// element by element. Outputs 1 and 2 are the means and the reciprocals of the standard deviations. <c>RMSNormalization</c> (opset 23 on)
/// and ONNX Runtime's <c>SimplifiedLayerNormalization</c> bring the mean square to 1 and leave the mean.
/// </summary>
internal sealed class LayerNormalizationOperator : Operator
{
    private readonly long _axis;
    private readonly float _epsilon;
    private readonly bool _centers;

    /// <param name="node">The node.</param>
    /// <param name="since">The first opset that has the operator.</param>
    /// <param name="centers">Whether the mean is subtracted.</param>
    public LayerNormalizationOperator(NodeAttributes node, int since = 17, bool centers = true)
    {
        node.RequireOpset(since);
        _centers = centers;
        _axis = node.Integer("axis", -1);
        _epsilon = node.Float("epsilon", 1e-5f);
        if (node.Integer("stash_type", 1) is not (1 or 16 or 10 or 11) and var stash)
            throw node.Fault($"attribute stash_type = {stash}, and must be a floating-point type");
    }

    /// <summary>The first of the axes that are normalised.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        int axis = inputs.Axis(_axis, input.Shape.Rank);
        ReadOnlySpan<nint> normalized = input.Shape.Lengths[axis..];
        if (input.Shape.CountOfAxes(axis, input.Shape.Rank) == 0)
            throw inputs.Fault($"input 0 is {input}, and must have no length 0 from axis {axis} on");
        for (int i = 1; i < 3; i++)
            if (i == 1 || inputs.Has(i)) RequireFits(inputs, i, normalized);
        nint[] lengths = input.Shape.Lengths.ToArray();
        Array.Fill(lengths, 1, axis, lengths.Length - axis);
        var statistics = new TensorType(OnnxElementType.Float32, new(lengths));
        return _centers ? [input, statistics, statistics] : inputs.OutputCount > 1 ? [input, statistics] : [input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int axis = inputs.Axis(_axis, shape.Rank), rows = shape.CountOfAxes(0, axis);
        var row = new TensorShape(shape.Lengths[axis..]);
        TensorShape? scaleShape = inputs.Shape(1), shiftShape = inputs.Has(2) ? inputs.Shape(2) : null;
        return new(frame =>
        {
            float[] scale = Expand(frame.Input<float>(1), scaleShape, row)!;
            float[]? shift = Expand(frame.Input<float>(2), shiftShape, row);
            (float[] means, float[] factors) = (new float[rows], new float[rows]);
            ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), rows, settings, (source, destination, piece) =>
            {
                double mean = _centers ? Moments.MeanOf(source) : 0;
                double factor = 1 / Math.Sqrt((Moments.SquaresAround(source, mean) / source.Length) + _epsilon);
                (means[piece], factors[piece]) = ((float)mean, (float)factor);
                Moments.Normalize(source, mean, factor, 0, destination);
                if (shift is null)
                    TensorPrimitives.Multiply(destination, scale, destination);
                else
                    TensorPrimitives.FusedMultiplyAdd(destination, scale, shift, destination);
            });
            if (inputs.Wants(1)) (_centers ? means : factors).CopyTo(frame.Output<float>(1));
            if (_centers && inputs.Wants(2)) factors.CopyTo(frame.Output<float>(2));
        })
        {
            Flops = 8L * shape.Count,
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    private static void RequireFits(NodeInputs inputs, int index, ReadOnlySpan<nint> normalized)
    {
        TensorShape shape = inputs.Float(index).Shape;
        bool fits = shape.Rank <= normalized.Length;
        for (int back = 1; fits && back <= shape.Rank; back++)
            fits = shape.Lengths[^back] == 1 || shape.Lengths[^back] == normalized[^back];
        if (!fits) throw inputs.Fault(
            $"input {index} is {inputs[index]}, and must broadcast to the axes that are normalised, {new TensorShape(normalized)}");
    }

    // One number for each element of a row.
    private static float[]? Expand(ReadOnlySpan<float> values, TensorShape? shape, TensorShape row)
    {
        if (shape is not { } given) return null;
        var expanded = new float[row.Count];
        for (int i = 0; i < expanded.Length; i++)
        {
            int rest = i, index = 0, step = 1;
            for (int back = 1; back <= given.Rank; back++)
            {
                (rest, int along) = Math.DivRem(rest, (int)row.Lengths[^back]);
                if (given.Lengths[^back] != 1) index += along * step;
                step *= (int)given.Lengths[^back];
            }
            expanded[i] = values[index];
        }
        return expanded;
    }
}
