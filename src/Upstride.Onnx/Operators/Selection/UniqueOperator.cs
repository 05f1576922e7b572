using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>Unique</c> (opset 11 on): the different elements, or slices along an axis, in order or as they come first; where each comes first,
/// which of them each element is, and how often each is there. How many there are is a shape, so the elements must be known when a plan is
/// made: each set of them has a plan of its own.
/// </summary>
internal sealed class UniqueOperator : Operator
{
    private readonly AxisSlices _slices;
    private readonly bool _sorted;

    public UniqueOperator(NodeAttributes node)
    {
        node.RequireOpset(11);
        _slices = AxisSlices.Of(node);
        _sorted = node.Flag("sorted", fallback: true);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        Found found = Find(inputs);
        TensorType indices = new(OnnxElementType.Int64, new(found.First.Length));
        return [_slices.TypeOf(inputs, found.First.Length), indices, new(OnnxElementType.Int64, new(found.Place.Length)), indices];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        Found found = Find(inputs);
        AxisSplit split = _slices.Split(inputs);
        Storage storage = outputs[0].Storage;
        return new(frame =>
        {
            AxisSlices.Copy(frame, storage, split, found.First);
            Write(frame.Output<long>(1), found.First);
            Write(frame.Output<long>(2), found.Place);
            Write(frame.Output<long>(3), found.Count);
        });

        static void Write(Span<long> destination, int[] values)
        {
            for (int i = 0; i < destination.Length; i++) destination[i] = values[i];
        }
    }

    private Found Find(NodeInputs inputs) => inputs[0].Storage switch
    {
        Storage.Float => Find(inputs.Floats(0).ToArray(), _slices.Split(inputs)),
        Storage.Integer => Find(inputs.Integers(0).ToArray(), _slices.Split(inputs)),
        _ => Find(inputs.Booleans(0).ToArray(), _slices.Split(inputs)),
    };

    private Found Find<T>(T[] elements, AxisSplit split) where T : IComparable<T>
    {
        // Equal slices stand together once they are sorted, the first to come in front.
        int[] order = [.. Enumerable.Range(0, split.Length)];
        Array.Sort(order, (left, right) => Compare(left, right) is var sign and not 0 ? sign : left - right);
        var groups = new List<List<int>>();
        foreach (int slice in order)
        {
            if (groups.Count == 0 || Compare(groups[^1][0], slice) != 0) groups.Add([]);
            groups[^1].Add(slice);
        }
        if (!_sorted) groups.Sort(static (left, right) => left[0] - right[0]);
        var found = new Found([.. groups.Select(static group => group[0])], new int[split.Length],
            [.. groups.Select(static group => group.Count)]);
        for (int group = 0; group < groups.Count; group++)
            foreach (int slice in groups[group]) found.Place[slice] = group;
        return found;

        int Compare(int left, int right)
        {
            for (int outer = 0; outer < split.Outer; outer++)
            {
                int start = outer * split.Length * split.Inner;
                int sign = elements.AsSpan(start + (left * split.Inner), split.Inner)
                    .SequenceCompareTo(elements.AsSpan(start + (right * split.Inner), split.Inner));
                if (sign != 0) return sign;
            }
            return 0;
        }
    }

    /// <summary>Of each different slice where it comes first and how often, and of each slice which of these it is.</summary>
    private sealed record Found(int[] First, int[] Place, int[] Count);
}
