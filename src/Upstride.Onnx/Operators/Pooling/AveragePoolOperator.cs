using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary><c>AveragePool</c> (opset 1 on): the mean of each window, over its inputs or over all its places in the padded input.</summary>
internal sealed class AveragePoolOperator : PoolOperator
{
    private bool _countsPadding;

    public AveragePoolOperator(NodeAttributes node) : base(node, dilationsSince: 19)
    {
        if (node.Opset >= 7) _countsPadding = node.Flag("count_include_pad", false);
    }

    /// <summary>Whether the places around the input count as zeros.</summary>
    public bool CountsPadding => _countsPadding;

    /// <summary>The same operator, all of whose places count.</summary>
    public AveragePoolOperator CountingPadding()
    {
        var copy = (AveragePoolOperator)MemberwiseClone();
        copy._countsPadding = true;
        return copy;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [inputs.Float(0).WithShape(new(Geometry(inputs).OutputShape.AsSpan()))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        PoolGeometry geometry = Geometry(inputs);
        int planes = inputs.Shape(0).CountOfAxes(0, 2);
        var reduction = new PoolReduction<float, PoolSum<float>>(geometry.Axes);
        float[] counts = Counts(geometry.Axes);
        return new(frame => ParallelSlices.RunTogether<float, float>(frame.Input<float>(0), frame.Output<float>(0), planes, settings,
            (source, destination) =>
        {
            reduction.Run(source, destination);
            for (; !destination.IsEmpty; destination = destination[counts.Length..])
                TensorPrimitives.Divide(destination[..counts.Length], counts, destination[..counts.Length]);
        }))
        {
            Flops = Flops(geometry),
        };
    }

    // The places of each window of a plane: the product of those along its axes.
    private float[] Counts(ImmutableArray<PoolAxis> axes)
    {
        float[] counts = [1];
        foreach (PoolAxis axis in axes)
        {
            float[] along =
                [.. Arrays.Range(0, axis.Output).Select(o => (float)(_countsPadding ? axis.PaddedCount(o) : axis.WindowOf(o).Count))];
            counts = [.. counts.SelectMany(outer => along.Select(inner => outer * inner))];
        }
        return counts;
    }
}
