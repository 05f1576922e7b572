using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary>One number for each plane of [batch, channels, sizes...]: <c>GlobalAveragePool</c>, <c>GlobalMaxPool</c>,
/// <c>GlobalLpPool</c>.</summary>
internal sealed class GlobalPoolOperator : Operator
{
    private readonly Func<ReadOnlySpan<float>, float> _reduce;

    private GlobalPoolOperator(Func<ReadOnlySpan<float>, float> reduce) => _reduce = reduce;

    public static GlobalPoolOperator Average() => new(static plane => (float)Moments.MeanOf(plane));

    public static GlobalPoolOperator Maximum() => new(static plane => TensorPrimitives.Max(plane));

    public static GlobalPoolOperator Norm(NodeAttributes node)
    {
        int power = LpPoolOperator.PowerOf(node);
        return new(plane =>
        {
            double sum = 0;
            foreach (float element in plane) sum += Math.Pow(Math.Abs(element), power);
            return (float)Math.Pow(sum, 1.0 / power);
        });
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if (input.Shape.Rank < 2 || input.Shape.CountOfAxes(2, input.Shape.Rank) == 0)
            throw inputs.Fault($"input 0 is {input}, and must be [batch, channels, sizes...] with no size 0");
        var lengths = new nint[input.Shape.Rank];
        Array.Fill(lengths, 1);
        input.Shape.Lengths[..2].CopyTo(lengths);
        return [input.WithShape(new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int planes = outputs[0].Shape.Count;
        return new(frame => ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), planes, settings,
            (source, destination, _) => destination[0] = _reduce(source)))
        {
            Flops = inputs.Shape(0).Count,
        };
    }
}
