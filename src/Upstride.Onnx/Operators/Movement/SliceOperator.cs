using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>Slice</c>: from a start up to but without an end along some axes, in steps that may be negative. Attributes before opset 10, inputs
/// from then on.
/// </summary>
internal sealed class SliceOperator : Operator
{
    private readonly AttributeOrInput _starts;
    private readonly AttributeOrInput _ends;
    private readonly AttributeOrInput _axes;
    private readonly AttributeOrInput _steps;

    public SliceOperator(NodeAttributes node)
    {
        _starts = new(node, "starts", 10, 1);
        _ends = new(node, "ends", 10, 2);
        _axes = new(node, "axes", 10, 3);
        _steps = node.Opset >= 10 ? new(node, "steps", 10, 4) : new(node, "", int.MaxValue);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [inputs[0].WithShape(TensorShape.Of(Ranges(inputs).Lengths))];

    // Along the axes before the first that is cut there is one index; those after it are whole.
    public override int? PlaceInInput(NodeInputs inputs, int output)
    {
        TensorShape shape = inputs.Shape(0);
        (int[] lengths, int[] starts, int[] steps) = Ranges(inputs);
        if (shape.Count == 0 || Array.IndexOf(lengths, 0) >= 0) return null;
        int place = 0;
        bool cut = false;
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            if (lengths[axis] > 1 && (cut || steps[axis] != 1)) return null;
            cut |= lengths[axis] != shape[axis];
            place += starts[axis] * shape.CountOfAxes(axis + 1, shape.Rank);
        }
        return place;
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        (int[] lengths, int[] starts, int[] steps) = Ranges(inputs);
        int[] strides = StridedGather.RowMajor(inputs.Shape(0));
        int offset = 0;
        for (int axis = 0; axis < strides.Length; axis++)
        {
            offset += lengths[axis] == 0 ? 0 : starts[axis] * strides[axis];
            strides[axis] = lengths[axis] > 1 ? strides[axis] * steps[axis] : 0;
        }
        return StridedGather.Of(lengths, strides, offset).Computation(outputs[0].Storage, settings);
    }

    /// <summary>For each axis how many elements are taken, which is the first, and how far apart they are.</summary>
    public (int[] Lengths, int[] Starts, int[] Steps) Ranges(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        long[] starts = _starts.Of(inputs) ?? throw inputs.Fault("starts are needed, and there are none");
        long[] ends = _ends.Of(inputs) ?? throw inputs.Fault("ends are needed, and there are none");
        long[] axes = _axes.Of(inputs) ?? [.. Arrays.Range(0, starts.Length).Select(static axis => (long)axis)];
        long[] steps = _steps.Of(inputs) ?? [.. Arrays.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw inputs.Fault(
                $"there are {starts.Length} starts, {ends.Length} ends, {axes.Length} axes and {steps.Length} steps: the numbers must be "
                    + $"equal");
        int[] lengths = shape.ToArray(), firsts = new int[shape.Rank], strides = new int[shape.Rank];
        Array.Fill(strides, 1);
        var seen = new bool[shape.Rank];
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = inputs.Axis(axes[i], shape.Rank);
            if (seen[axis]) throw inputs.Fault($"axes = [{string.Join(", ", axes)}] of {inputs[0]}, and each may stand there once");
            if (steps[i] == 0) throw inputs.Fault($"the step of axis {axis} is 0, and may not be");
            seen[axis] = true;
            (firsts[axis], strides[axis], lengths[axis]) = Range(starts[i], ends[i], steps[i], shape[axis]);
        }
        return (lengths, firsts, strides);
    }

    // Negative numbers count from the end, and what lies outside is brought to the edge: as Python slices, but that a start before the
    // front is the front also where steps are negative.
    private static (int Start, int Step, int Length) Range(long start, long end, long step, int length)
    {
        (long least, long greatest) = step > 0 ? (0, length) : (-1, length - 1);
        start = Math.Clamp(start < 0 ? start + length : start, Math.Min(0, greatest), greatest);
        end = Math.Clamp(end < 0 ? end + length : end, least, greatest);
        if (step > 0 ? end <= start : start <= end) return (0, 1, 0);

        // A step of more than the axis gives one element, whatever it is.
        step = Math.Clamp(step, -length, length);
        return ((int)start, (int)step, (int)(step > 0 ? Integers.DivideUp(end - start, step) : Integers.DivideUp(start - end, -step)));
    }
}
