using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>Pad</c> (opset 2 on): every axis lengthened at both ends with a constant, its border's element, its mirror image or its repetition,
/// or shortened where the amount is negative; what is mirrored or repeated is what shortening left.
/// </summary>
internal sealed class PadOperator : Operator
{
    private readonly PadMode _mode;
    private readonly long[]? _pads;
    private readonly float _value;

    public PadOperator(NodeAttributes node)
    {
        ReadOnlySpan<(string, PadMode)> modes =
            [("constant", PadMode.Constant), ("reflect", PadMode.Reflect), ("edge", PadMode.Edge), ("wrap", PadMode.Wrap)];
        _mode = node.Choice("mode", "constant", node.Opset < 19 ? modes[..3] : modes);
        if (node.Opset >= 11) return;
        _pads = node.Integers("pads") ?? throw node.Fault("attribute pads is needed");
        _value = node.Float("value", 0);
    }

    private readonly (long Head, long Tail)[]? _amounts;
    private readonly long[]? _centeredAxes;
    private readonly bool _centers;

    private PadOperator(long[]? centeredAxes) => (_centers, _centeredAxes) = (true, centeredAxes);

    /// <summary>
    /// <c>CenterCropPad</c> (opset 18 on): the axes that attribute axes names, or all, are cut or lengthened with zeros at both ends to the
    /// lengths of input 1; of an odd number the end has one more.
    /// </summary>
    public static PadOperator Centered(NodeAttributes node)
    {
        node.RequireOpset(18);
        return new(node.Integers("axes"));
    }

    private PadOperator(PadOperator other, (long Head, long Tail)[] amounts) =>
        (_mode, _value, _amounts) = (other._mode, other._value, amounts);

    /// <summary>
    /// The constant around input 0 and how much of it, [starts..., ends...] of the axes from 2 on, where it does nothing else and takes
    /// nothing away; null where that is not so, or not known.
    /// </summary>
    public (float Value, int[] Pads)? AsSpatialConstant(NodeInputs inputs)
    {
        if (_mode != PadMode.Constant || (inputs.Has(2) && inputs.Constant(2) is null) || inputs[0].Storage != Storage.Float) return null;
        (long Head, long Tail)[] amounts = Amounts(inputs);
        if (amounts.Length < 3 || amounts.Take(2).Any(static amount => amount != (0, 0))
            || amounts.Any(static amount => amount.Head < 0 || amount.Tail < 0)) return null;
        return (inputs.Constant(2) is { } value ? value.Floats[0] : _value,
            [.. amounts.Skip(2).Select(static amount => (int)amount.Head), .. amounts.Skip(2).Select(static amount => (int)amount.Tail)]);
    }

    // The constant, input 2, stays where it is.
    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places)
    {
        if (inputs.Has(2) && inputs.Constant(2) is null) return null;
        (long Head, long Tail)[] amounts = Amounts(inputs);
        var moved = new (long Head, long Tail)[amounts.Length];
        for (int axis = 0; axis < moved.Length; axis++) moved[places[axis]] = amounts[axis];
        return (new PadOperator(this, moved), Math.Min(inputs.Count, 3));
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (inputs.Has(2) && (inputs[2].Storage != input.Storage || inputs[2].Shape.Count != 1))
            throw inputs.Fault($"the constant is {inputs[2]}, and must be one element of the type of input 0, {input.Element.Text}");
        (long Head, long Tail)[] amounts = Amounts(inputs);
        var lengths = new nint[amounts.Length];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            (long head, long tail) = amounts[axis];
            long kept = input.Shape[axis] + Math.Min(0, head) + Math.Min(0, tail), length = input.Shape[axis] + head + tail;
            if (kept < 0) throw inputs.Fault($"pads {head} and {tail} take more than the {input.Shape[axis]} elements of axis {axis} away");
            if (_mode != PadMode.Constant && kept == 0 && length > 0)
                throw inputs.Fault(
                    $"pads {head} and {tail} leave no element of the {input.Shape[axis]} of axis {axis}, and mode "
                        + $"{_mode.ToString().ToLowerInvariant()} needs one to fill from");
            lengths[axis] = (nint)length;
        }
        return [input.WithShape(new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage switch
    {
        Storage.Float => Prepare(inputs, outputs[0], settings, _value),
        Storage.Integer => Prepare(inputs, outputs[0], settings, outputs[0].Element.Wrap((long)_value)),
        _ => Prepare(inputs, outputs[0], settings, _value != 0),
    };

    private PreparedNode Prepare<T>(NodeInputs inputs, TensorType output, ComputeSettings settings, T fallback) where T : unmanaged
    {
        TensorShape input = inputs.Shape(0);
        (long Head, long Tail)[] amounts = Amounts(inputs);

        // Leading axes that keep their length are so many pieces of work, and those at the end are copied whole.
        int outer = Array.FindIndex(amounts, static amount => amount != (0, 0)),
            last = Array.FindLastIndex(amounts, static amount => amount != (0, 0));
        if (output.Shape.Count == 0) return new(static _ => { }) { Flops = 0 };
        if (outer < 0) return new(static frame => frame.Input<T>(0).CopyTo(frame.Output<T>(0))) { Flops = 0 };
        var axes = new PadAxis[last - outer + 1];
        for (int axis = outer; axis <= last; axis++)
            axes[axis - outer] =
                new(input.CountOfAxes(axis + 1, input.Rank), output.Shape.CountOfAxes(axis + 1, input.Rank),
                PadAxis.Map(_mode, input[axis], amounts[axis].Head, amounts[axis].Tail));
        int pieces = input.CountOfAxes(0, outer);
        return new(frame =>
        {
            T value = frame.Input<T>(2) is [var given] ? given : fallback;
            ParallelSlices.Run(frame.Input<T>(0), frame.Output<T>(0), pieces, settings,
                (source, destination, _) => PadAxis.Fill(source, axes, value, destination));
        })
        {
            Flops = 0,
        };
    }

    /// <summary>For each index of an output's axis that of the input's; -1 where the constant stands.</summary>
    public int[] Sources(NodeInputs inputs, int axis)
    {
        (long head, long tail) = Amounts(inputs)[axis];
        return PadAxis.Map(_mode, inputs.Shape(0)[axis], head, tail);
    }

    /// <summary>The constant; null where it is computed as the model runs.</summary>
    public double? Value(NodeInputs inputs) => !inputs.Has(2) ? _value : inputs.Constant(2) is not { } given ? null
        : given.Type.Storage switch { Storage.Float => given.Floats[0], Storage.Integer => given.Integers[0], _ => given.Booleans[0] ? 1
            : 0 };

    private (long Head, long Tail)[] Amounts(NodeInputs inputs)
    {
        if (_amounts is not null) return _amounts;
        int rank = inputs.Shape(0).Rank;
        if (_centers) return CenteredAmounts(inputs, rank);
        ReadOnlySpan<long> pads = _pads ?? inputs.Integers(1);
        ReadOnlySpan<long> axes = inputs.Has(3) ? inputs.Integers(3) : default;
        int count = inputs.Has(3) ? axes.Length : rank;
        if (pads.Length != 2 * count)
            throw inputs.Fault($"pads has {pads.Length} values, and must have {2 * count} for {count} axes: [starts..., ends...]");
        var amounts = new (long Head, long Tail)[rank];
        var seen = new bool[rank];
        for (int i = 0; i < count; i++)
        {
            int axis = inputs.Has(3) ? inputs.Axis(axes[i], rank) : i;
            if (seen[axis]) throw inputs.Fault($"axes names axis {axis} twice");
            seen[axis] = true;
            amounts[axis] = (pads[i], pads[count + i]);
            if (Math.Max(Math.Abs((decimal)pads[i]), Math.Abs((decimal)pads[count + i])) > int.MaxValue)
                throw inputs.Fault($"pads {pads[i]} and {pads[count + i]} of axis {axis}, and none may exceed {int.MaxValue}");
        }
        return amounts;
    }

    private (long Head, long Tail)[] CenteredAmounts(NodeInputs inputs, int rank)
    {
        ReadOnlySpan<long> lengths = inputs.Integers(1);
        int count = _centeredAxes?.Length ?? rank;
        if (lengths.Length != count) throw inputs.Fault($"the lengths are {inputs[1]}, and must be {count} for as many axes");
        var amounts = new (long Head, long Tail)[rank];
        for (int i = 0; i < count; i++)
        {
            int axis = _centeredAxes is null ? i : inputs.Axis(_centeredAxes[i], rank);
            if (lengths[i] is < 0 or > int.MaxValue)
                throw inputs.Fault($"the length of axis {axis} is to be {lengths[i]}, and must be from 0 to {int.MaxValue}");
            long difference = lengths[i] - inputs.Shape(0)[axis];
            amounts[axis] = (difference / 2, difference - (difference / 2));
        }
        return amounts;
    }
}
