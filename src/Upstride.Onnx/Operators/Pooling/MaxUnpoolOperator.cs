using System.Buffers;
using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary>
/// <c>MaxUnpool</c> (opset 9 on): each element goes back to its place before a <c>MaxPool</c>. Indices that a <c>MaxPool</c> of the same
/// graph makes address that pool's input. Others address the output that follows from the attributes; with an output shape, that output
/// lies at the start of one of this shape (the standard's own case has it so; ONNX Runtime addresses the given shape itself).
/// </summary>
internal sealed class MaxUnpoolOperator : Operator
{
    private readonly PerAxis _kernelShape;
    private readonly PerAxis _strides;
    private readonly int[] _pads;
    private bool _withinPlanes;

    // The input of the pool that makes the indices, where it is known, and whether the pool counts in columns.
    private TensorShape? _pooled;
    private bool _columnMajor;

    public MaxUnpoolOperator(NodeAttributes node)
    {
        _kernelShape = node.Has("kernel_shape") ? node.Int32s("kernel_shape") : throw node.Fault("attribute kernel_shape is needed");
        _strides = node.Has("strides") ? node.Int32s("strides") : 1;
        _pads = node.Int32s("pads");
        if (_pads.Any(static pad => pad < 0)) throw node.Fault($"attribute pads = [{string.Join(", ", _pads)}], and none may be negative");
    }

    /// <summary>Whether the indices count within their planes; else over the whole tensor.</summary>
    public bool CountsWithinPlanes => _withinPlanes;

    /// <summary>Whether the indices count the first spatial axis as the innermost.</summary>
    public bool CountsInColumns => _columnMajor;

    /// <summary>The same operator for indices that <paramref name="pool"/> makes of a tensor of a shape.</summary>
    public MaxUnpoolOperator Undoing(MaxPoolOperator pool, TensorShape pooled)
    {
        var copy = (MaxUnpoolOperator)MemberwiseClone();
        (copy._pooled, copy._columnMajor) = (pooled, pool.CountsInColumns);
        return copy;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0), indices = inputs.Require(1, Storage.Integer);
        if (indices.Shape != input.Shape)
            throw inputs.Fault($"the indices are {indices}, and must have the shape of input 0, {input.Shape}");
        if (!inputs.Has(2)) return [input.WithShape(Natural(inputs))];
        var shape = TensorShape.Of(inputs.Integers(2));
        bool fits = shape.Rank == input.Shape.Rank && shape.Lengths[..2].SequenceEqual(input.Shape.Lengths[..2]);
        if (IsOfPool(inputs))
        {
            // How far the pool's windows reached, its input says; a place outside the output is found when the model runs.
            return fits ? [input.WithShape(shape)]
                : throw inputs.Fault(
                $"output_shape = {shape}, and must have the batch and the channels of input 0, {input.Shape}, and as many axes");
        }
        TensorShape natural = Natural(inputs);
        for (int axis = 2; fits && axis < shape.Rank; axis++) fits = shape[axis] >= natural[axis];
        return fits ? [input.WithShape(shape)]
            : throw inputs.Fault(
            $"output_shape = {shape}, and must be {natural} or larger along the spatial axes: what the kernel and the strides make of "
                + $"input 0, {input.Shape}");
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape output = outputs[0].Shape, addressed = Addressed(inputs);
        int planes = inputs.Shape(0).CountOfAxes(0, 2), plane = addressed.CountOfAxes(2, addressed.Rank);
        bool columns = _columnMajor && IsOfPool(inputs);
        int[]? places = output == addressed && !columns ? null : Places(addressed, output, columns);
        UnpoolGeometry target = UnpoolGeometry.ToSize(inputs.Shape(0).Lengths, output.ToArray()[2..]);
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
                if (places is not null) Move(indices, places, inputs, addressed, output);
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
        })
        {
            WeightBytes = (places?.LongLength ?? 0) * sizeof(int),
            WorkspaceBytes = (long)inputs.Shape(1).Count * sizeof(int),
        };
    }

    public override (Operator Operator, int Plane)? WithPlaneIndices(NodeInputs inputs)
    {
        var copy = (MaxUnpoolOperator)MemberwiseClone();
        copy._withinPlanes = true;
        TensorShape addressed = Addressed(inputs);
        return (copy, addressed.CountOfAxes(2, addressed.Rank));
    }

    private static void Move(Span<int> indices, int[] places, NodeInputs inputs, TensorShape addressed, TensorShape output)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            int place = places[indices[i]];
            if (place < 0)
                throw inputs.Fault(
                    $"index {i} addresses element {indices[i]} of a plane of the pool's input, {addressed}, which lies outside the "
                        + $"output, {output}: give the shape of the pool's input as output_shape");
            indices[i] = place;
        }
    }

    /// <summary>Whether the indices are those of a pool of the same graph. Of one with other planes than there are inputs to place,
    /// nothing follows.</summary>
    public bool IsOfPool(NodeInputs inputs) =>
        _pooled is { } pooled && pooled.Rank == inputs.Shape(0).Rank && pooled.CountOfAxes(0, 2) == inputs.Shape(0).CountOfAxes(0, 2);

    // The tensor whose places the indices are.
    private TensorShape Addressed(NodeInputs inputs) => IsOfPool(inputs) ? _pooled!.Value : Natural(inputs);

    private TensorShape Natural(NodeInputs inputs)
    {
        TensorShape input = inputs.Shape(0);
        int axes = input.Rank - 2;
        if (_pads.Length != 0 && _pads.Length != 2 * axes)
            throw inputs.Fault(
                $"attribute pads has {_pads.Length} values, and must have {2 * axes} for {axes} spatial axes: [starts..., ends...]");
        UnpoolGeometry geometry = _pads.Length == 0 || inputs.Has(2)
            ? UnpoolGeometry.Create(input.Lengths, _kernelShape, _strides)
            : UnpoolGeometry.Create(input.Lengths, _kernelShape, _strides, _pads[..axes], _pads[axes..]);
        return new(geometry.OutputShape.AsSpan());
    }

    // Where each element of a plane lies in another at whose start its first lies; -1 outside. In columns the first spatial axis is the
    // innermost.
    private static int[] Places(TensorShape from, TensorShape to, bool columns)
    {
        var places = new int[from.CountOfAxes(2, from.Rank)];
        for (int element = 0; element < places.Length; element++)
        {
            int rest = element, place = 0, step = 1;
            for (int i = 2; i < from.Rank; i++)
            {
                int axis = columns ? i : from.Rank + 1 - i;
                (rest, int along) = Math.DivRem(rest, from[axis]);
                if (along >= to[axis]) step = 0;
                place = step == 0 ? -1 : columns ? place + along * to.CountOfAxes(axis + 1, to.Rank) : place + along * step;
                step *= to[axis];
            }
            places[element] = place;
        }
        return places;
    }
}
