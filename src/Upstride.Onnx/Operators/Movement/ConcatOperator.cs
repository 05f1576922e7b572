using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary><c>Concat</c>: tensors one behind the other along an axis.</summary>
internal sealed unsafe class ConcatOperator : Operator
{
    private readonly long _axis;

    public ConcatOperator(NodeAttributes node)
    {
        if (!node.Has("axis")) throw node.Fault("attribute axis is needed");
        if (node.InputCount == 0) throw node.Fault("it has no inputs, and needs at least 1");
        _axis = node.Integer("axis", 0);
    }

    /// <summary>Along an axis that the compiler chose.</summary>
    public ConcatOperator(long axis) => _axis = axis;

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) =>
        (new ConcatOperator(places[inputs.Axis(_axis, places.Length)]), inputs.Count);

    /// <summary>The axis along which they lie one behind the other.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType first = inputs[0];
        int axis = inputs.Axis(_axis, first.Shape.Rank);
        long[] lengths = [.. first.Shape.ToArray()];
        for (int input = 1; input < inputs.Count; input++)
        {
            TensorShape shape = BinaryRules.RequireSameElements(inputs, input, 0).Shape;
            bool fits = shape.Rank == lengths.Length;
            for (int other = 0; fits && other < lengths.Length; other++) fits = other == axis || shape[other] == lengths[other];
            if (!fits) throw inputs.Fault(
                $"input {input} is {inputs[input]} and input 0 is {first}: all lengths but that of axis {axis} must be equal");
            lengths[axis] += shape[axis];
        }
        return [first.WithShape(TensorShape.Of(lengths))];
    }

    public override int? PlaceOfInput(NodeInputs inputs, int input)
    {
        TensorShape shape = inputs.Shape(0);
        int axis = inputs.Axis(_axis, shape.Rank);
        if (shape.CountOfAxes(0, axis) != 1) return null;
        int place = 0;
        for (int before = 0; before < input; before++) place += inputs.Shape(before).Count;
        return place;
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int axis = inputs.Axis(_axis, outputs[0].Shape.Rank);
        AxisSplit[] parts = [.. Arrays.Range(0, inputs.Count).Select(input => AxisSplit.Of(inputs.Shape(input), axis))];
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, parts, settings)),
            Storage.Integer => new(frame => Run<long>(frame, parts, settings)),
            _ => new(frame => Run<bool>(frame, parts, settings)),
        };
    }

    private static void Run<T>(NodeContext frame, AxisSplit[] parts, ComputeSettings settings) where T : unmanaged
    {
        Span<T> destination = frame.Output<T>(0);
        if (destination.IsEmpty) return;
        int pitch = destination.Length / parts[0].Outer, offset = 0;
        for (int input = 0; input < parts.Length; input++)
        {
            int run = parts[input].Length * parts[input].Inner;
            StripCopy.Run(frame.Input<T>(input), run, destination[offset..], pitch, run, parts[input].Outer, settings);
            offset += run;
        }
    }
}
