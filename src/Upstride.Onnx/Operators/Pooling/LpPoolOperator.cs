using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary><c>LpPool</c>: of each window the p-th root of the sum of its magnitudes to the p, which is 2 where it is not named.</summary>
internal sealed class LpPoolOperator(NodeAttributes node) : PoolOperator(node, dilationsSince: 18)
{
    private readonly int _power = PowerOf(node);

    /// <summary>The attribute <c>p</c>.</summary>
    public static int PowerOf(NodeAttributes node) => node.Int32("p", 2) is var power and >= 1
        ? power : throw node.Fault($"attribute p = {node.Int32("p", 2)}, and must be at least 1");

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [inputs.Float(0).WithShape(new(Geometry(inputs).OutputShape.AsSpan()))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        PoolGeometry geometry = Geometry(inputs);
        int planes = inputs.Shape(0).CountOfAxes(0, 2);
        var reduction = new PoolReduction<float, PoolSum<float>>(geometry.Axes);
        return new(frame =>
        {
            var powers = new float[inputs.Shape(0).Count];
            TensorPrimitives.Abs(frame.Input<float>(0), powers);
            TensorPrimitives.Pow(powers, _power, powers);
            ParallelSlices.RunTogether<float, float>(powers, frame.Output<float>(0), planes, settings, (source, destination) =>
            {
                reduction.Run(source, destination);
                TensorPrimitives.Pow(destination, 1f / _power, destination);
            });
        })
        {
            Flops = Flops(geometry),
            WorkspaceBytes = inputs[0].Bytes,
        };
    }
}
