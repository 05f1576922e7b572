using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary><c>MaxPool</c> (opset 1 on): the greatest element of each window, and as output 1 where it was.</summary>
internal sealed class MaxPoolOperator : PoolOperator
{
    private readonly bool _columnMajor;
    private bool _withinPlanes;

    public MaxPoolOperator(NodeAttributes node) : base(node, dilationsSince: 10)
    {
        if (node.Opset >= 8) _columnMajor = node.Flag("storage_order", false);
    }

    /// <summary>Whether the first spatial axis is the innermost of the indices: <c>storage_order</c> 1.</summary>
    public bool CountsInColumns => _columnMajor;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {input}, and must be numbers");
        TensorType output = input.WithShape(new(Geometry(inputs).OutputShape.AsSpan()));
        return inputs.OutputCount < 2 ? [output] : [output, new(OnnxElementType.Int64, output.Shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage == Storage.Float ? Prepare<float>(inputs, settings) : Prepare<long>(inputs, settings);

    // Indices in columns are for a reader of its own: MaxUnpool counts in rows.
    public override (Operator Operator, int Plane)? WithPlaneIndices(NodeInputs inputs)
    {
        if (_columnMajor) return null;
        var copy = (MaxPoolOperator)MemberwiseClone();
        copy._withinPlanes = true;
        return (copy, Geometry(inputs).InputPlane);
    }

    private PreparedNode Prepare<T>(NodeInputs inputs, ComputeSettings settings) where T : unmanaged, INumber<T>
    {
        PoolGeometry geometry = Geometry(inputs);
        int planes = inputs.Shape(0).CountOfAxes(0, 2);
        if (inputs.Wants(1))
        {
            return new(frame => RunWithIndices<T>(frame, geometry, planes, settings))
            {
                Flops = Flops(geometry),
                WorkspaceBytes = geometry.OutputShape.Aggregate((long)sizeof(int), static (product, length) => product * length),
            };
        }
        var reduction = new PoolReduction<T, PoolMaximum<T>>(geometry.Axes);
        return new(frame => ParallelSlices.RunTogether<T, T>(frame.Input<T>(0), frame.Output<T>(0), planes, settings, reduction.Run))
        {
            Flops = Flops(geometry),
        };
    }

    private void RunWithIndices<T>(NodeContext frame, PoolGeometry geometry, int planes, ComputeSettings settings)
        where T : unmanaged, INumber<T>
    {
        Span<long> indices = frame.Output<long>(1);
        if (indices.IsEmpty) return;
        int each = indices.Length / planes;
        var plane = PoolGeometry.Create([1, 1, .. geometry.InputShape.AsSpan(2..)], geometry.Axes);
        int[] rented = ArrayPool<int>.Shared.Rent(indices.Length);
        ParallelSlices.Run(frame.Input<T>(0), frame.Output<T>(0), planes, settings,
            (source, destination, piece) => MaxPool.Forward(source, plane, destination, rented.AsSpan(piece * each, each)));
        Span<int> places = rented.AsSpan(0, indices.Length);
        if (_columnMajor) ToColumns(places, geometry.Axes);
        if (_withinPlanes)
            for (int i = 0; i < indices.Length; i++) indices[i] = places[i];
        else MaxPoolIndices.ToWholeTensor(places, planes, geometry.InputPlane, indices);
        ArrayPool<int>.Shared.Return(rented);
    }

    // Row-major places of a plane to column-major ones, in which the first spatial axis is the innermost.
    private static void ToColumns(Span<int> places, ImmutableArray<PoolAxis> axes)
    {
        Span<int> along = stackalloc int[3];
        foreach (ref int place in places)
        {
            int rest = place, turned = 0;
            for (int a = axes.Length - 1; a >= 0; a--) (rest, along[a]) = Math.DivRem(rest, axes[a].Input);
            for (int a = axes.Length - 1; a >= 0; a--) turned = turned * axes[a].Input + along[a];
            place = turned;
        }
    }
}
