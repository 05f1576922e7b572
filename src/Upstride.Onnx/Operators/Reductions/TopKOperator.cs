using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// <c>TopK</c>: the k greatest numbers along an axis, or from opset 11 on the least, in order, and where they stand; of equal ones the
/// first comes first. The number k is an attribute before opset 10 and an input from then on.
/// </summary>
internal sealed class TopKOperator : Operator
{
    private readonly long? _k;
    private readonly long _axis;
    private readonly bool _largest = true;

    public TopKOperator(NodeAttributes node)
    {
        if (node.Opset < 10)
            _k = node.Has("k") ? node.Integer("k", 0) : throw node.Fault($"attribute k is missing, and opset {node.Opset} needs it");
        _axis = node.Integer("axis", -1);
        if (node.Opset < 11) return;
        _largest = node.Flag("largest", fallback: true);

        // Without it any order is right.
        node.Ignore("sorted");
    }

    /// <summary>The axis that is searched.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {input}, and must be numbers");
        int axis = inputs.Axis(_axis, input.Shape.Rank);
        if (_k is null && inputs.Integers(1).Length != 1) throw inputs.Fault($"k is {inputs[1]}, and must be one number");
        long k = _k ?? inputs.Integers(1)[0];
        if (k < 0 || k > input.Shape[axis])
            throw inputs.Fault($"k = {k}, and must be from 0 to {input.Shape[axis]}, the length of axis {axis} of {input}");
        nint[] lengths = input.Shape.Lengths.ToArray();
        lengths[axis] = (nint)k;
        return [input.WithShape(new(lengths)), new(OnnxElementType.Int64, new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int axis = inputs.Axis(_axis, inputs.Shape(0).Rank), k = outputs[0].Shape[axis];
        AxisSplit split = AxisSplit.Of(inputs.Shape(0), axis);
        NodeBody body = inputs[0].Storage == Storage.Float ? frame => Run<float>(frame, split, k) : frame => Run<long>(frame, split, k);
        return new(body)
        {
            // Comparisons of a sort.
            Flops = inputs.Shape(0).Count * (long)(1 + BitOperations.Log2((uint)split.Length)),
            WorkspaceBytes = (long)split.Length * (sizeof(long) + sizeof(int)),
        };
    }

    private void Run<T>(NodeContext frame, AxisSplit split, int k) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> input = frame.Input<T>(0);
        Span<T> values = frame.Output<T>(0);
        Span<long> places = frame.Output<long>(1);
        if (k == 0) return;
        var column = new T[split.Length];
        var order = new int[split.Length];
        Comparison<int> compare = (left, right) =>
            (_largest ? column[right].CompareTo(column[left]) : column[left].CompareTo(column[right])) is not 0 and var by
                ? by : left.CompareTo(right);
        for (int outer = 0; outer < split.Outer; outer++)
        {
            for (int inner = 0; inner < split.Inner; inner++)
            {
                frame.CancellationToken.ThrowIfCancellationRequested();
                for (int i = 0; i < order.Length; i++)
                    (column[i], order[i]) = (input[(((outer * split.Length) + i) * split.Inner) + inner], i);
                order.AsSpan().Sort(compare);
                for (int i = 0; i < k; i++)
                {
                    int at = (((outer * k) + i) * split.Inner) + inner;
                    if (!values.IsEmpty) values[at] = column[order[i]];
                    if (!places.IsEmpty) places[at] = order[i];
                }
            }
        }
    }
}
