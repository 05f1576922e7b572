using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// The <c>Reduce</c> family: the elements of some axes become one. The axes are an attribute before opset 18 (<c>ReduceSum</c>: 13) and an
/// input from then on; without them all are meant, or with <c>noop_with_empty_axes</c> none, so that what the reduction does to each
/// element is all that is done.
/// </summary>
internal sealed class ReduceOperator : Operator
{
    private readonly Reduction _reduction;
    private readonly AttributeOrInput? _axes;
    private readonly bool[]? _fixedAxes;
    private readonly bool _keepAxes;
    private readonly bool _noneWithoutAxes;

    public ReduceOperator(NodeAttributes node, Reduction reduction)
    {
        int inputSince = reduction == Reduction.Sum ? 13 : 18;
        _reduction = reduction;
        _axes = new(node, "axes", inputSince);
        _keepAxes = node.Flag("keepdims", fallback: true);
        _noneWithoutAxes = node.Opset >= inputSince && node.Flag("noop_with_empty_axes", fallback: false);
    }

    private ReduceOperator(Reduction reduction, bool[] axes) => (_reduction, _fixedAxes, _keepAxes) = (reduction, axes, true);

    /// <summary>What is done to the elements that become one.</summary>
    public Reduction Reduction => _reduction;

    /// <summary>Whether the output has as many axes as the input.</summary>
    public bool KeepsAxes => _keepAxes;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = inputs[0];
        if (type.Storage == Storage.Boolean && _reduction is not (Reduction.Maximum or Reduction.Minimum))
            throw inputs.Fault($"input 0 is {type}, and must be numbers");
        bool[] reduced = Reduced(inputs);
        var lengths = new List<nint>();
        for (int axis = 0; axis < reduced.Length; axis++)
        {
            if (!reduced[axis]) lengths.Add(type.Shape[axis]);
            else if (_keepAxes) lengths.Add(1);
        }
        return [type.WithShape(new([.. lengths]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorType type = inputs[0];
        bool[] reduced = Reduced(inputs);
        (AxisSplit split, StridedGather? rearrangement) = Split(type.Shape, reduced);
        long workspace = rearrangement is null ? 0 : type.Bytes;
        switch (type.Storage)
        {
            case Storage.Float:
                var floats = new FloatReduction(_reduction, split, settings);
                return new(frame => floats.Run(Arranged(frame.Input<float>(0)), frame.Output<float>(0))) { WorkspaceBytes = workspace };
            case Storage.Integer:
                return new(frame => IntegerReduction.Run(_reduction, Arranged(frame.Input<long>(0)), split, type.Element,
                    frame.Output<long>(0))) { WorkspaceBytes = workspace };
            default:
                return new(frame => IntegerReduction.Run(_reduction, Arranged(frame.Input<bool>(0)), split, frame.Output<bool>(0)))
                    { WorkspaceBytes = workspace };
        }

        ReadOnlySpan<T> Arranged<T>(ReadOnlySpan<T> input) where T : unmanaged
        {
            if (rearrangement is null) return input;
            T[] arranged = GC.AllocateUninitializedArray<T>(input.Length);
            rearrangement.Run(input, arranged, settings);
            return arranged;
        }
    }

    /// <summary>For each axis of input 0 whether its elements become one.</summary>
    public bool[] Reduced(NodeInputs inputs)
    {
        if (_fixedAxes is not null) return _fixedAxes;
        var reduced = new bool[inputs.Shape(0).Rank];
        if (_axes!.Of(inputs) is { Length: > 0 } axes)
        {
            foreach (long axis in axes) reduced[inputs.Axis(axis, reduced.Length)] = true;
        }
        else
        {
            Array.Fill(reduced, !_noneWithoutAxes);
        }
        return reduced;
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places)
    {
        if (!_keepAxes) return null;
        bool[] reduced = Reduced(inputs);
        var moved = new bool[reduced.Length];
        for (int axis = 0; axis < reduced.Length; axis++) moved[places[axis]] = reduced[axis];
        return (new ReduceOperator(_reduction, moved), 1);
    }

    // Axes of length 1 may count as either. Reduced axes that do not are contiguous are brought to the end first.
    private static (AxisSplit Split, StridedGather? Rearrangement) Split(TensorShape shape, bool[] reduced)
    {
        int[] axes = [.. Arrays.Range(0, shape.Rank).Where(axis => shape[axis] != 1 && reduced[axis])];
        if (axes.Length == 0) return (AxisSplit.Of(shape, shape.Rank, shape.Rank), null);
        (int first, int last) = (axes[0], axes[^1]);
        bool together = Arrays.Range(first, last - first).All(axis => shape[axis] == 1 || reduced[axis]);
        if (together) return (AxisSplit.Of(shape, first, last + 1), null);
        int[] order = [.. Arrays.Range(0, shape.Rank).OrderBy(axis => reduced[axis])];
        int kept = 1, gone = 1;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (reduced[axis]) gone *= shape[axis];
            else kept *= shape[axis];
        }
        return (new(kept, gone, 1), StridedGather.Transpose(shape, order));
    }
}
