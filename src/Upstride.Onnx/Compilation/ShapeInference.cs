using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation.Control;
using Upstride.Onnx.Compilation.Stages;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Pooling;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Operators.Selection;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Walks a graph once, in order: finds every type, and computes what depends on constants alone, so that the arithmetic by which a model
/// finds its own shapes is done before it runs.
/// </summary>
/// <param name="graph">Its inputs have their types.</param>
/// <param name="settings">Threads and memory.</param>
/// <param name="limits">What a run may cost.</param>
/// <param name="skippedPasses">Passes that are left out within branches and loops.</param>
/// <param name="budget">How many nodes these may be written out to.</param>
/// <param name="stage">What the graph is of where it may have stages; null where it must be planned whole.</param>
/// <param name="cut">Takes what waits for the next stage; with <paramref name="stage"/>.</param>
internal sealed class ShapeInference(Graph graph, ComputeSettings settings, OnnxLimits limits,
    ImmutableHashSet<string>? skippedPasses = null, ExpansionBudget? budget = null, Stage? stage = null, StageCut? cut = null)
{
    private readonly ControlFlow _control = new(settings, limits, skippedPasses ?? [], budget ?? new());

    // A constant that is computed may be twice as large as what it is computed from, and small ones of any size are welcome: anything
    // larger is computed as the model runs, in the arena that the settings bound. So a small file cannot claim much.
    private const long SmallBytes = 1 << 20;
    private long _budget =
        Math.Min(64 * SmallBytes, limits.MaximalMemory)
        + (4 * graph.Nodes.SelectMany(static node => node.Inputs).OfType<GraphValue>().Distinct()
        .Sum(static value => value.Constant?.Type.Bytes ?? 0));

    private readonly Dictionary<GraphValue, GraphNode> _writers = WritersOf(graph);

    /// <summary>Finds the types of all values, but for those that wait for the next stage; the inputs' must be there.</summary>
    /// <exception cref="OnnxFormatException">A node's inputs break a rule.</exception>
    /// <exception cref="ShapeValuesNeededException">Shapes depend on the elements of inputs that are not given as constants, or, of a
    /// graph that must be planned whole, on what is computed as it runs.</exception>
    public void Apply()
    {
        var remaining = new List<GraphNode>(graph.Nodes.Count);
        var open = new Stack<GraphNode>(graph.Nodes.AsEnumerable().Reverse());
        while (open.TryPop(out GraphNode? node))
        {
            if (cut is not null && cut.Waits(node))
            {
                UndoPooling(node);
                cut.Postpone(node);
                continue;
            }
            try
            {
                if (NodeErrors.For(node.Name, () => _control.Expand(node)) is { } nodes)
                {
                    for (int i = nodes.Count - 1; i >= 0; i--) open.Push(nodes[i]);
                    foreach (GraphNode written in nodes)
                        foreach (GraphValue? output in written.Outputs)
                            if (output is not null) _writers[output] = written;
                }
                else if (!TryFold(node))
                {
                    remaining.Add(node);
                }
            }
            catch (ValueNeededException needed)
            {
                Cut(node, needed.Inputs);
            }
        }
        graph.Nodes.Clear();
        graph.Nodes.AddRange(remaining);
    }

    private bool TryFold(GraphNode node)
    {
        UndoPooling(node);
        NodeInputs operands = node.Operands();
        ImmutableArray<TensorType> types = NodeErrors.For(node.Name, () => node.Operator.Infer(operands));
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (node.Outputs[i] is not { } output) continue;
            output.Type =
                i < types.Length
                ? types[i] : throw new OnnxFormatException($"output {i} is named, and the operator has {types.Length}", node.Name);
        }
        if (node.Operator.AsConstant(operands) is { } known)
            return Become(node, [known]);
        if (node.Operator.ComputesAnew || !node.Inputs.All(static input => input is null || input.Constant is not null)) return false;
        if (node.Operator.IsView)
            return Become(node, [node.Inputs[0]!.Constant!.WithShape(types[0].Shape)]);

        long before = node.Inputs.Sum(static input => input?.Type!.Value.Bytes ?? 0);
        long after = types.Sum(static type => type.Bytes);
        if (after > Math.Max(SmallBytes, 2 * before) || after > _budget) return false;
        if (NodeErrors.For(node.Name, () => ConstantFolder.Compute(node, operands, types, settings, Math.Max(SmallBytes, _budget)))
            is not { } constants) return false;
        _budget -= after;
        return Become(node, constants);
    }

    private static Dictionary<GraphValue, GraphNode> WritersOf(Graph graph)
    {
        var writers = new Dictionary<GraphValue, GraphNode>(ReferenceEqualityComparer.Instance);
        foreach (GraphNode node in graph.Nodes)
            foreach (GraphValue? output in node.Outputs)
                if (output is not null) writers[output] = node;
        return writers;
    }

    private static bool Become(GraphNode node, ReadOnlySpan<OnnxTensor> constants)
    {
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } output)
                (output.Constant, output.Dequantization) = (constants[i], node.Operator is DequantizeLinearOperator ? node : null);
        return true;
    }

    // Sizes that a user gives belong to a plan, where they are few. What else is computed as the model runs ends a stage: a plan for each
    // picture would be of no use.
    private void Cut(GraphNode node, int[] inputs)
    {
        GraphValue[] values = [.. inputs.Select(input => node.Inputs[input]!).Where(static value => value.Constant is null)];
        GraphValue[] behind = [.. values.SelectMany(InputsBehind).Distinct()];
        if (cut is null || stage is null) throw new ShapeValuesNeededException(behind);
        if (node.Operator is SelectionOperator)
        {
            cut.Select(node);
            return;
        }
        if (values.Length == 0)
            throw new OnnxUnsupportedException($"{node.Name}: the shapes within it depend on elements that it computes itself");
        GraphValue[] given = [.. values.SelectMany(value => InputsBehind(value).ToArray() is { Length: > 0 } from
            && from.All(input => input == value || IsSize(input)) ? from : []).Distinct()];
        if (given.Length > 0) throw new ShapeValuesNeededException(given);
        foreach (GraphValue value in values) RequireKey(value, $"{node.Name}: its shapes depend on the elements of '{value.Name}'");
        cut.Need(node, values);
    }

    private bool IsSize(GraphValue input) =>
        input.Type is { Shape: { Rank: <= 1, Count: <= Stage.MaximalKeyElements } } && stage!.IsGiven(Array.IndexOf(graph.Inputs, input));

    /// <summary>That a plan may depend on the elements of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="what">What does, for the message.</param>
    /// <exception cref="OnnxUnsupportedException">There are too many.</exception>
    public static void RequireKey(GraphValue value, string what)
    {
        if (value.Type!.Value.Shape.Count > Stage.MaximalKeyElements)
            throw new OnnxUnsupportedException(
                $"{what}, which is {value.Type}: at most {Stage.MaximalKeyElements} elements are supported");
    }

    // Indices know the pooling that made them as long as its stage is at hand.
    private void UndoPooling(GraphNode node)
    {
        if (node is { Operator: MaxUnpoolOperator unpool, Inputs: [_, { } indices, ..] }
            && PoolOf(indices) is { Operator: MaxPoolOperator pool, Inputs: [{ Type: { } pooled }, ..] })
            node.Operator = unpool.Undoing(pool, pooled.Shape);
    }

    // The pooling whose indices a value holds, whatever shape or integer type they were given since; null where it is no such value.
    private GraphNode? PoolOf(GraphValue value)
    {
        while (_writers.TryGetValue(value, out GraphNode? writer))
        {
            if (writer.Operator is MaxPoolOperator) return writer.Outputs.Length > 1 && writer.Outputs[1] == value ? writer : null;
            if (!(writer.Operator.IsView || writer.OperatorName is "Cast")
                || writer.Inputs is not [{ } source, ..] || source.Type is { Storage: not Storage.Integer }) return null;
            value = source;
        }
        return null;
    }

    private IEnumerable<GraphValue> InputsBehind(GraphValue value)
    {
        var seen = new HashSet<GraphValue>(ReferenceEqualityComparer.Instance);
        var open = new Stack<GraphValue>([value]);
        while (open.TryPop(out GraphValue? next))
        {
            if (next.Constant is not null || !seen.Add(next)) continue;
            if (_writers.TryGetValue(next, out GraphNode? writer))
                foreach (GraphValue? input in writer.Inputs)
                    if (input is not null) open.Push(input);
            if (Array.IndexOf(graph.Inputs, next) >= 0) yield return next;
        }
    }
}
