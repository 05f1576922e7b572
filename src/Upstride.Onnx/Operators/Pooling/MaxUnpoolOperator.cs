using System.Buffers;
using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary>
/// <c>MaxUnpool</c> (opset 9 on): each element goes back to where it stood before a <c>MaxPool</c>. Indices address the output that follows
/// from the attributes; with an output shape, that output stands at the start of one of this shape (the standard's own case has it so;
/// ONNX Runtime addresses the given shape itself).
/// </summary>
internal sealed class MaxUnpoolOperator : Operator
{
    private readonly PerAxis _kernelShape;
    private readonly PerAxis _strides;
    private readonly int[] _pads;
    private bool _withinPlanes;

    public MaxUnpoolOperator(NodeAttributes node)
    {
        _kernelShape = node.Has("kernel_shape") ? node.Int32s("kernel_shape") : throw node.Fault("attribute kernel_shape is needed");
        _strides = node.Has("strides") ? node.Int32s("strides") : 1;
        _pads = node.Int32s("pads");
        if (_pads.Any(static pad => pad < 0)) throw node.Fault($"attribute pads = [{string.Join(", ", _pads)}], and none may be negative");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0), indices = inputs.Require(1, Storage.Integer);
        if (indices.Shape != input.Shape) throw inputs.Fault($"the indices are {indices}, and must have the shape of input 0, {input.Shape}");
        TensorShape natural = new(Geometry(inputs).OutputShape.AsSpan());
        if (!inputs.Has(2)) return [input.WithShape(natural)];
        var shape = TensorShape.Of(inputs.Integers(2));
        bool fits = shape.Rank == natural.Rank && shape.Lengths[..2].SequenceEqual(natural.Lengths[..2]);
        for (int axis = 2; fits && axis < shape.Rank; axis++) fits = shape[axis] >= natural[axis];
        return fits ? [input.WithShape(shape)]
            : throw inputs.Fault($"output_shape = {shape}, and must be {natural} or larger along the spatial axes: what the kernel and the strides make of input 0, {input.Shape}");
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        UnpoolGeometry geometry = Geometry(inputs);
        TensorShape output = outputs[0].Shape;
        int planes = inputs.Shape(0).CountOfAxes(0, 2), plane = geometry.OutputPlane;
        int[]? places = output.Lengths.SequenceEqual(geometry.OutputShape.AsSpan()) ? null : Places(geometry.OutputShape, output);
        UnpoolGeometry target = UnpoolGeometry.ToSize(geometry.InputShape.AsSpan(), output.ToArray()[2..]);
        return new(frame =>
        {
            ReadOnlySpan<long> given = frame.Input<long>(1);
            int[] rented = ArrayPool<int>.Shared.Rent(given.Length);
            Span<int> indices = rented.AsSpan(0, given.Length);
            try
            {
                if (_withinPlanes)
                    for (int i = 0; i < given.Length; i++) indices[i] = (int)given[i];
                else
                    MaxPoolIndices.FromWholeTensor(given, planes, plane, indices);
                if (places is not null)
                    foreach (ref int index in indices) index = places[index];
                MaxUnpool.Forward(frame.Input<float>(0), indices, target, frame.Output<float>(0));
            }
            catch (GeometryException fault)
            {
                throw inputs.Fault(fault.Error.Message);
            }
            finally
            {
                ArrayPool<int>.Shared.Return(rented);
            }
        });
    }

    public override (Operator Operator, int Plane)? WithPlaneIndices(NodeInputs inputs)
    {
        var copy = (MaxUnpoolOperator)MemberwiseClone();
        copy._withinPlanes = true;
        return (copy, Geometry(inputs).OutputPlane);
    }

    private UnpoolGeometry Geometry(NodeInputs inputs)
    {
        TensorShape input = inputs.Shape(0);
        int axes = input.Rank - 2;
        if (_pads.Length != 0 && _pads.Length != 2 * axes)
            throw inputs.Fault($"attribute pads has {_pads.Length} values, and must have {2 * axes} for {axes} spatial axes: [starts..., ends...]");
        return _pads.Length == 0 || inputs.Has(2)
            ? UnpoolGeometry.Create(input.Lengths, _kernelShape, _strides)
            : UnpoolGeometry.Create(input.Lengths, _kernelShape, _strides, _pads[..axes], _pads[axes..]);
    }

    // Where each element of a plane stands in a larger plane at whose start it lies.
    private static int[] Places(ImmutableArray<nint> from, TensorShape to)
    {
        int[] places = [0];
        for (int axis = 2; axis < to.Rank; axis++)
            places = [.. places.SelectMany(outer => Enumerable.Range(0, (int)from[axis]).Select(inner => outer * to[axis] + inner))];
        return places;
    }
}
