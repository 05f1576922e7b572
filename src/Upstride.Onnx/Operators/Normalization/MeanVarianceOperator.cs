using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>MeanVarianceNormalization</c> (opset 9 on): the elements of some axes, the batch and the sizes where none are named, brought to mean
/// 0 and variance 1.
/// </summary>
internal sealed class MeanVarianceOperator : Operator
{
    // The specification adds it to the deviation, not to the variance.
    private const double Epsilon = 1e-9;

    private readonly long[] _axes;

    public MeanVarianceOperator(NodeAttributes node)
    {
        node.RequireOpset(9);
        _axes = node.Integers("axes") ?? [0, 2, 3];
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        int rank = inputs.Float(0).Shape.Rank;
        foreach (long axis in _axes) inputs.Axis(axis, rank);
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        var reduced = new bool[shape.Rank];
        foreach (long axis in _axes) reduced[inputs.Axis(axis, shape.Rank)] = true;

        // What is normalised together is brought together, and back afterwards.
        int[] order = [.. Arrays.Range(0, shape.Rank).OrderBy(axis => reduced[axis])], back = new int[order.Length];
        for (int axis = 0; axis < order.Length; axis++) back[order[axis]] = axis;
        StridedGather gather = StridedGather.Transpose(shape, order),
            scatter = StridedGather.Transpose(new([.. order.Select(axis => (nint)shape[axis])]), back);
        int rows = order.Where(axis => !reduced[axis]).Aggregate(1, (product, axis) => product * shape[axis]);
        return new(frame =>
        {
            Span<float> destination = frame.Output<float>(0);
            if (destination.IsEmpty) return;
            float[] together = new float[shape.Count], normalized = new float[shape.Count];
            gather.Run(frame.Input<float>(0), together.AsSpan(), settings);
            ParallelSlices.Run<float, float>(together, normalized, rows, settings, static (source, row, _) =>
            {
                (double mean, double variance) = Moments.Of(source);
                Moments.Normalize(source, mean, 1 / (Math.Sqrt(variance) + Epsilon), 0, row);
            });
            scatter.Run<float>(normalized, destination, settings);
        })
        {
            Flops = 6L * shape.Count,
            WorkspaceBytes = 2L * shape.Count * sizeof(float),
        };
    }
}
