using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary><c>NonZero</c> (opset 9 on): the places of all elements but zeros, in order, a column of indices each.</summary>
internal sealed class NonZeroOperator : SelectionOperator
{
    public NonZeroOperator(NodeAttributes node) => node.RequireOpset(9);

    protected override Selected Select(NodeInputs inputs, SelectionLimits limits)
    {
        (Storage storage, TensorShape shape) = (inputs[0].Storage, inputs.Shape(0));
        int count = storage switch
        {
            Storage.Float => CountOf(inputs.Floats(0), 0),
            Storage.Integer => CountOf(inputs.Integers(0), 0),
            _ => CountOf(inputs.Booleans(0), false),
        };
        int[] lengths = shape.ToArray();
        return new([new(OnnxElementType.Int64, new(Math.Max(1, shape.Rank), count))], frame =>
        {
            switch (storage)
            {
                case Storage.Float: Write(frame.Input<float>(0), 0, lengths, count, frame.Output<long>(0)); break;
                case Storage.Integer: Write(frame.Input<long>(0), 0, lengths, count, frame.Output<long>(0)); break;
                default: Write(frame.Input<bool>(0), false, lengths, count, frame.Output<long>(0)); break;
            }
        });
    }

    private static int CountOf<T>(ReadOnlySpan<T> elements, T zero) where T : IEquatable<T>
    {
        int count = 0;
        foreach (T element in elements)
            if (!element.Equals(zero)) count++;
        return count;
    }

    // A number without axes is at place 0.
    private static void Write<T>(ReadOnlySpan<T> elements, T zero, int[] lengths, int count, Span<long> indices) where T : IEquatable<T>
    {
        if (lengths.Length == 0) indices.Clear();
        for (int i = 0, column = 0; column < count; i++)
        {
            if (elements[i].Equals(zero)) continue;
            int rest = i;
            for (int axis = lengths.Length - 1; axis >= 0; axis--)
                (rest, indices[(axis * count) + column]) = Math.DivRem(rest, lengths[axis]);
            column++;
        }
    }
}
