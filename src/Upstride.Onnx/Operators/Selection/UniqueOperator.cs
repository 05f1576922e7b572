using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>Unique</c> (opset 11 on): the different elements, or slices along an axis, in order or as they come first; where each comes first,
/// which of them each element is, and how often each is there.
/// </summary>
internal sealed class UniqueOperator : SelectionOperator
{
    // Of each slice its place in the order, and its group; of each group, of which there may be as many, a start in a list that grows by
    // doubling, start and end, first slice and size.
    private const int BytesOfSlice = 8 * sizeof(int);

    private readonly AxisSlices _slices;
    private readonly bool _sorted;

    public UniqueOperator(NodeAttributes node)
    {
        node.RequireOpset(11);
        _slices = AxisSlices.Of(node);
        _sorted = node.Flag("sorted", fallback: true);
    }

    protected override Selected Select(NodeInputs inputs, SelectionLimits limits)
    {
        AxisSplit split = _slices.Split(inputs);
        Storage storage = inputs[0].Storage;
        if (inputs.Constant(0) is not null) limits.Require(inputs[0].Bytes + ((long)split.Length * BytesOfSlice));
        Found found = storage switch
        {
            Storage.Float => Find(inputs.Floats(0).ToArray(), split),
            Storage.Integer => Find(inputs.Integers(0).ToArray(), split),
            _ => Find(inputs.Booleans(0).ToArray(), split),
        };
        TensorType indices = new(OnnxElementType.Int64, new(found.First.Length));
        return new(
            [_slices.TypeOf(inputs, found.First.Length), indices, new(OnnxElementType.Int64, new(found.Place.Length)), indices],
            frame =>
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

    private Found Find<T>(T[] elements, AxisSplit split) where T : IComparable<T>
    {
        // Equal slices stand together once they are sorted, the first to come in front.
        var order = new int[split.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (left, right) => Compare(left, right) is var sign and not 0 ? sign : left - right);
        var starts = new List<int>();
        for (int i = 0; i < order.Length; i++)
            if (i == 0 || Compare(order[i - 1], order[i]) != 0) starts.Add(i);
        var groups = new (int Start, int End)[starts.Count];
        for (int group = 0; group < groups.Length; group++)
            groups[group] = (starts[group], group + 1 < groups.Length ? starts[group + 1] : order.Length);
        if (!_sorted) Array.Sort(groups, (left, right) => order[left.Start] - order[right.Start]);
        var found = new Found([.. groups.Select(group => order[group.Start])], new int[split.Length],
            [.. groups.Select(static group => group.End - group.Start)]);
        for (int group = 0; group < groups.Length; group++)
            for (int i = groups[group].Start; i < groups[group].End; i++) found.Place[order[i]] = group;
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
