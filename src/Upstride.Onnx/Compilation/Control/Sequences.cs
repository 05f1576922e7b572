using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Control;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Control;

/// <summary>
/// Sequences of tensors, which are lists of values while a model is compiled and nothing when it runs: taking one out of it is that value.
/// </summary>
internal static class Sequences
{
    private const long MaximalLength = 100_000;

    /// <summary>The nodes in the place of an operator of sequences.</summary>
    public static IReadOnlyList<GraphNode> Expand(GraphNode node, SequenceOperator sequence)
    {
        GraphValue output = node.Outputs[0]!;
        switch (sequence.Action)
        {
            case SequenceAction.Empty:
                return Become(output, []);
            case SequenceAction.Construct:
                return Become(output, [.. Arrays.Range(0, node.Inputs.Length).Select(i => TensorOf(node, i))]);
            case SequenceAction.Insert:
                List<GraphValue> longer = [.. SequenceOf(node)];
                longer.Insert(Place(node, 2, longer.Count, longer.Count), TensorOf(node, 1));
                return Become(output, longer);
            case SequenceAction.Erase:
                List<GraphValue> shorter = [.. SequenceOf(node)];
                shorter.RemoveAt(Place(node, 1, shorter.Count, shorter.Count - 1));
                return Become(output, shorter);
            case SequenceAction.At:
                IReadOnlyList<GraphValue> all = SequenceOf(node);
                return [Node(node, "Identity", new IdentityOperator(), [all[Place(node, 1, all.Count, all.Count - 1)]], output)];
            case SequenceAction.Length:
                output.Constant = OnnxTensor.Create([(long)SequenceOf(node).Count]).WithShape(TensorShape.Scalar);
                output.Type = output.Constant.Type;
                return [];
            case SequenceAction.Split:
                return Split(node, sequence, output);
            default:
                return Concat(node, sequence, output);
        }
    }

    /// <summary>
    /// A sequence that an identity hands on; null for every other node, none of which may read a sequence.
    /// </summary>
    public static IReadOnlyList<GraphNode>? PassOn(GraphNode node)
    {
        int index = Array.FindIndex(node.Inputs, static input => input?.Sequence is not null);
        if (index < 0) return null;
        return node.Operator is IdentityOperator ? Become(node.Outputs[0]!, node.Inputs[0]!.Sequence!)
            : throw new OnnxFormatException($"input {index} is a sequence of tensors, and must be a tensor", node.Name);
    }

    private static List<GraphNode> Split(GraphNode node, SequenceOperator sequence, GraphValue output)
    {
        GraphValue input = TensorOf(node, 0);
        NodeInputs operands = node.Operands();
        int axis = operands.Axis(sequence.Axis, operands.Shape(0).Rank), length = operands.Shape(0)[axis];
        long[] lengths = Lengths(operands, length);
        if (lengths.Length > MaximalLength)
            throw new OnnxUnsupportedException($"{node.Name}: {lengths.Length} parts, and at most {MaximalLength} are supported");
        GraphValue[] parts = [.. lengths.Select((_, i) => new GraphValue($"{output.Name}[{i}]"))];
        List<GraphNode> nodes = lengths.Length == 0 ? []
            : [new(node.Name, "Split", new SplitOperator(axis, lengths), [input], [.. parts])];
        if (!sequence.KeepsAxis && !operands.Has(1))
        {
            nint[] rest = [.. operands.Shape(0).Lengths[..axis], .. operands.Shape(0).Lengths[(axis + 1)..]];
            for (int i = 0; i < parts.Length; i++)
            {
                var squeezed = new GraphValue(parts[i].Name);
                nodes.Add(Node(node, "Squeeze", new FixedViewOperator(new(rest)), [parts[i]], squeezed));
                parts[i] = squeezed;
            }
        }
        output.Sequence = parts;
        return nodes;
    }

    // One number is the length of each part but perhaps the last; several are the lengths.
    private static long[] Lengths(NodeInputs operands, int length)
    {
        if (!operands.Has(1)) return [.. Arrays.Repeat(1L, length)];
        ReadOnlySpan<long> given = operands.Integers(1);
        if (operands.Shape(1).Rank > 0)
        {
            long sum = 0;
            foreach (long part in given)
                sum += part >= 0 && part <= length ? part : throw operands.Fault($"a part of {part}, and must be from 0 to {length}");
            return sum == length ? given.ToArray() : throw operands.Fault($"the parts' sum is {sum}, and must be the length {length}");
        }
        long each = given[0];
        if (each < 1) throw operands.Fault($"split = {each}, and must be at least 1");
        return [.. Arrays.Range(0, (int)((length + each - 1) / each)).Select(i => Math.Min(each, length - (i * each)))];
    }

    private static List<GraphNode> Concat(GraphNode node, SequenceOperator sequence, GraphValue output)
    {
        GraphValue[] parts = [.. SequenceOf(node)];
        if (parts.Length == 0) throw new OnnxFormatException("the sequence is empty, and nothing can be joined", node.Name);
        var nodes = new List<GraphNode>();
        if (sequence.AddsAxis)
        {
            for (int i = 0; i < parts.Length; i++)
            {
                var longer = new GraphValue(parts[i].Name);
                nodes.Add(Node(node, "Unsqueeze", new NewAxisOperator(sequence.Axis), [parts[i]], longer));
                parts[i] = longer;
            }
        }
        nodes.Add(Node(node, "Concat", new ConcatOperator(sequence.Axis), parts, output));
        return nodes;
    }

    private static GraphNode Node(GraphNode of, string name, Operator op, GraphValue?[] inputs, GraphValue output) =>
        new(of.Name, name, op, inputs, [output]);

    private static IReadOnlyList<GraphNode> Become(GraphValue output, IReadOnlyList<GraphValue> sequence)
    {
        if (sequence.Count > MaximalLength)
            throw new OnnxUnsupportedException($"a sequence of {sequence.Count} tensors, and at most {MaximalLength} are supported");
        output.Sequence = sequence;
        return [];
    }

    private static IReadOnlyList<GraphValue> SequenceOf(GraphNode node) => node.Inputs is [{ Sequence: { } sequence }, ..] ? sequence
        : throw new OnnxFormatException("input 0 is a tensor, and must be a sequence of tensors", node.Name);

    private static GraphValue TensorOf(GraphNode node, int input) =>
        input < node.Inputs.Length && node.Inputs[input] is { Sequence: null } tensor ? tensor
        : throw new OnnxFormatException($"input {input} is needed, and must be a tensor", node.Name);

    // A place counted from the front or, below 0, from the back.
    private static int Place(GraphNode node, int input, int count, int most)
    {
        if (input >= node.Inputs.Length || node.Inputs[input] is not { } value) return count > 0 || most >= 0 ? most : Fault(-1);
        Require.One(node, input, Storage.Integer);
        if (value.Constant is null) throw new ValueNeededException(input);
        long place = value.Constant.Integers[0];
        if (place < 0) place += count;
        return place >= 0 && place <= most ? (int)place : Fault(place);

        int Fault(long given) => throw new OnnxFormatException($"place {given} of a sequence of {count} tensors, which has none there",
            node.Name);
    }
}
