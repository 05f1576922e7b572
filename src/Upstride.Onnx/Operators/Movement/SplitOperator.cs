using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>Split</c>: parts of a tensor along an axis. Their lengths are an attribute before opset 13 and an input from then on; without them
/// the parts are equal, and from opset 18 on, where <c>num_outputs</c> says how many, the last may be shorter.
/// </summary>
internal sealed class SplitOperator : Operator
{
    private readonly long _axis;
    private readonly AttributeOrInput? _lengths;
    private readonly long[]? _fixedLengths;
    private readonly long _parts;
    private readonly bool _mayBeUneven;

    public SplitOperator(NodeAttributes node)
    {
        _axis = node.Integer("axis", 0);
        _lengths = new(node, "split", inputSince: 13);
        _mayBeUneven = node.Opset >= 18 && node.Has("num_outputs");
        _parts = _mayBeUneven ? node.Integer("num_outputs", 0) : node.OutputCount;
        if (_mayBeUneven && node.InputCount > 1)
            throw node.Fault("it has both input 1 and attribute num_outputs, and may have one of them");
        if (_parts != node.OutputCount)
            throw node.Fault($"num_outputs = {_parts}, and the node has {node.OutputCount} outputs: both must be equal");
    }

    /// <summary>Parts of these lengths.</summary>
    public SplitOperator(long axis, long[] lengths) => (_axis, _fixedLengths) = (axis, lengths);

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places)
    {
        int axis = inputs.Axis(_axis, places.Length);
        return (new SplitOperator(places[axis], Lengths(inputs, inputs.Shape(0)[axis])), 1);
    }

    /// <summary>The axis that is divided.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = inputs[0];
        int axis = inputs.Axis(_axis, type.Shape.Rank);
        return [.. Lengths(inputs, type.Shape[axis]).Select(length =>
        {
            nint[] lengths = type.Shape.Lengths.ToArray();
            lengths[axis] = (nint)length;
            return type.WithShape(new(lengths));
        })];
    }

    public override int? PlaceInInput(NodeInputs inputs, int output)
    {
        TensorShape shape = inputs.Shape(0);
        int axis = inputs.Axis(_axis, shape.Rank);
        if (shape.CountOfAxes(0, axis) != 1) return null;
        return (int)Lengths(inputs, shape[axis]).Take(output).Sum() * shape.CountOfAxes(axis + 1, shape.Rank);
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int axis = inputs.Axis(_axis, inputs.Shape(0).Rank);
        AxisSplit whole = AxisSplit.Of(inputs.Shape(0), axis);
        AxisSplit[] parts = [.. outputs.Select(output => AxisSplit.Of(output.Shape, axis))];
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, whole, parts, settings)),
            Storage.Integer => new(frame => Run<long>(frame, whole, parts, settings)),
            _ => new(frame => Run<bool>(frame, whole, parts, settings)),
        };
    }

    private static void Run<T>(NodeContext frame, AxisSplit whole, AxisSplit[] parts, ComputeSettings settings) where T : unmanaged
    {
        ReadOnlySpan<T> source = frame.Input<T>(0);
        int offset = 0;
        for (int output = 0; output < parts.Length; output++)
        {
            int run = parts[output].Length * whole.Inner;
            Span<T> destination = frame.Output<T>(output);
            if (!destination.IsEmpty)
                StripCopy.Run(source[offset..], whole.Length * whole.Inner, destination, run, run, whole.Outer, settings);
            offset += run;
        }
    }

    private long[] Lengths(NodeInputs inputs, int length)
    {
        if (_fixedLengths is not null) return _fixedLengths;
        if (_lengths!.Of(inputs) is { } given)
        {
            bool fits = given.Length == _parts && given.All(part => part >= 0 && part <= length) && given.Sum() == length;
            return fits ? given
                : throw inputs.Fault($"split = [{string.Join(", ", given)}], and must hold {_parts} lengths whose sum is {length}");
        }
        if (!_mayBeUneven && length % _parts != 0)
            throw inputs.Fault($"an axis of length {length} does not split into {_parts} equal parts: {length} / {_parts} must be whole");
        long part = Integers.DivideUp(length, _parts);
        return [.. Arrays.Range(0, (int)_parts).Select(i => Math.Clamp(length - (i * part), 0, part))];
    }
}
