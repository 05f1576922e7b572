using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary>
/// <c>Reshape</c>: the same elements under the shape of input 1, in which 0 is the input's own length (from opset 14 on 0 itself where
/// <c>allowzero</c> says so), and one -1 is whatever is left. A shape of one image, [1, ...], is that of each image of a batch.
/// </summary>
internal sealed class ReshapeOperator(NodeAttributes node) : ViewOperator
{
    private readonly bool _allowZero = node.Opset >= 14 && node.Flag("allowzero", fallback: false);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        long[] lengths = inputs.Integers(1).ToArray();
        string asked = $"[{string.Join(", ", lengths)}]";
        int open = Array.IndexOf(lengths, -1);
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] < -1 || (lengths[axis] == -1 && axis != open))
                throw inputs.Fault($"shape = {asked}, and may hold lengths, 0 and one -1");
            if (lengths[axis] != 0) continue;
            if (_allowZero && open >= 0) throw inputs.Fault($"shape = {asked} with allowzero = 1: 0 and -1 together leave the length open");
            if (!_allowZero)
                lengths[axis] =
                    axis < shape.Rank
                    ? shape[axis] : throw inputs.Fault($"shape = {asked} takes the length of axis {axis} from {inputs[0]}, which has none");
        }

        // Written down with one image, [1, ...] is meant for each of several.
        if (open < 0 && lengths is [1, _, ..] && shape.Rank > 0 && shape[0] > 1 && shape.Count > 0
            && TensorShape.Of(lengths).Count == shape.Count / shape[0]) lengths[0] = shape[0];
        if (open >= 0)
        {
            lengths[open] = 1;
            int known = TensorShape.Of(lengths).Count;
            if (known == 0 || shape.Count % known != 0)
                throw inputs.Fault($"{shape.Count} elements of {inputs[0]} do not fill shape = {asked}: {known} must divide them");
            lengths[open] = shape.Count / known;
        }
        TensorShape result = TensorShape.Of(lengths);
        return result.Count == shape.Count
            ? [inputs[0].WithShape(result)]
            : throw inputs.Fault($"{inputs[0]} has {shape.Count} elements, and shape = {asked} needs {result.Count}");
    }
}
