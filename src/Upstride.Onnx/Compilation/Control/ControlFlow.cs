using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Control;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Control;

/// <summary>
/// Puts what runs in the place of a node with graphs within it. A branch whose condition is known stands there itself, and a short loop
/// turn by turn; of all others the graphs are compiled and run by one operator.
/// </summary>
internal sealed class ControlFlow(ComputeSettings settings, OnnxLimits limits, ImmutableHashSet<string> skippedPasses,
    ExpansionBudget budget)
{
    // Longer loops run faster than they are compiled turn by turn, unless each turn has other shapes.
    private const long NodesWorthUnrolling = 512;

    /// <summary>The nodes in the place of one; null where the node stays as it is, which may be with another operator.</summary>
    public IReadOnlyList<GraphNode>? Expand(GraphNode node)
    {
        IReadOnlyList<GraphNode>? nodes = node.Operator switch
        {
            IfOperator branches => ExpandIf(node, branches),
            LoopOperator loop => ExpandLoop(node, loop),
            ScanOperator scan => [new ScanExpansion(node, scan).Node(Compile, limits)],
            LoopTurn turn => turn.Expand(node),
            SequenceOperator sequence => Sequences.Expand(node, sequence),
            _ => Sequences.PassOn(node),
        };
        if (nodes is not null) budget.Take(nodes.Count, node.Name);
        return nodes;
    }

    private IReadOnlyList<GraphNode>? ExpandIf(GraphNode node, IfOperator branches)
    {
        GraphValue condition = Require.One(node, 0, Storage.Boolean);
        foreach (Body branch in branches.Bodies)
            if (branch.Formals != 0 || branch.Graph.Outputs.Length != node.Outputs.Length)
                throw new OnnxFormatException($"the node has {node.Outputs.Length} outputs, and a branch {branch.Graph.Outputs.Length} and "
                    + $"{branch.Formals} inputs: the first must be equal, the last 0", node.Name);
        int count = branches.Then.Captured.Length;
        GraphValue[] captured = [.. node.Inputs.Skip(node.Inputs.Length - count - branches.Else.Captured.Length).Cast<GraphValue>()];
        if (condition.Constant is { } known)
            return known.Booleans[0] ? branches.Then.Inline(captured.AsSpan(0, count), node.Outputs)
                : branches.Else.Inline(captured.AsSpan(count), node.Outputs);
        if (captured.Any(static value => value.Sequence is not null)) throw new ValueNeededException(0);
        Graph yes, no;
        try
        {
            (yes, no) = (Compile(branches.Then, captured.AsSpan(0, count)), Compile(branches.Else, captured.AsSpan(count)));
        }
        catch (ValueNeededException)
        {
            // The branch that is taken stands in the node's place then, and says what it needs itself.
            throw new ValueNeededException(0);
        }

        // Other types on either side: the plan is for the one that is taken.
        for (int i = 0; i < node.Outputs.Length; i++)
            if (yes.Outputs[i].Type != no.Outputs[i].Type) throw new ValueNeededException(0);
        return [new(node.Name, node.OperatorName, new BranchOperator(yes, no, limits), [condition, .. captured], node.Outputs)];
    }

    private IReadOnlyList<GraphNode> ExpandLoop(GraphNode node, LoopOperator loop)
    {
        int states = loop.Body.Formals - 2, collected = node.Outputs.Length - states;
        if (states < 0 || loop.InputCount < Math.Min(2 + states, states == 0 ? 1 : int.MaxValue) || loop.InputCount > 2 + states
            || loop.Body.Graph.Outputs.Length < 1 + states || collected > loop.Body.Graph.Outputs.Length - 1 - states)
            throw new OnnxFormatException($"the node has {loop.InputCount} inputs and {node.Outputs.Length} outputs, and its body "
                + $"{loop.Body.Formals} and {loop.Body.Graph.Outputs.Length}: they do not fit each other", node.Name);
        Require.AllThere(node, 2, loop.InputCount);
        GraphValue? trips = node.Inputs[0], condition = loop.InputCount > 1 ? node.Inputs[1] : null;
        GraphValue[] values = [.. node.Inputs.Skip(2).Take(states).Cast<GraphValue>()];
        GraphValue[] captured = [.. node.Inputs.Skip(loop.InputCount).Cast<GraphValue>()];
        if (trips is not null) Require.One(node, 0, Storage.Integer);
        if (condition is not null) Require.One(node, 1, Storage.Boolean);
        long? known = trips is null ? long.MaxValue : trips.Constant is { } constant ? Math.Max(0, constant.Integers[0]) : null;
        if (condition is { Constant: { } never } && !never.Booleans[0]) known = 0;
        (Operator Operator, bool GoesOn)? running = Running(node, loop, values, captured, known, condition is { Constant: null });
        long each = Math.Max(1, loop.Body.Graph.Nodes.Count);
        long nodes = known is { } count && count <= ExpansionBudget.MaximalNodes ? count * each : long.MaxValue;
        bool unrolls = running is null || (running.Value.GoesOn && nodes is > 0 and <= NodesWorthUnrolling);
        if (!unrolls)
            return [new(node.Name, node.OperatorName, running!.Value.Operator, [trips, condition, .. values, .. captured], node.Outputs)];
        if (known is null) throw new ValueNeededException(0);
        return [LoopTurn.First(node, loop.Body, known.Value, condition, values, captured)];
    }

    // The loop as one operator; null where its turns are not alike.
    private (Operator Operator, bool GoesOn)? Running(GraphNode node, LoopOperator loop, GraphValue[] values,
        GraphValue[] captured, long? trips, bool asksFirst)
    {
        if (values.Concat(captured).Any(static value => value.Sequence is not null)) return null;
        GraphValue[] formals = [new("trip") { Type = new(OnnxElementType.Int64,
            loop.Body.Graph.Inputs[0].Type?.Shape ?? TensorShape.Scalar) },
            new("condition") { Type = new(OnnxElementType.Boolean, TensorShape.Scalar) }, .. values.Select(static value =>
                new GraphValue(value.Name) { Type = value.Type }), .. captured];
        Graph body;
        try
        {
            body = Compile(loop.Body, formals);
        }
        catch (ValueNeededException)
        {
            return null;
        }
        int states = values.Length, collected = loop.Body.Graph.Outputs.Length - 1 - states;
        for (int i = 0; i < states; i++)
            if (body.Outputs[1 + i].Type != values[i].Type) return null;
        bool goesOn = Source(body, body.Outputs[0]) == body.Inputs[1] || body.Outputs[0].Constant is { } known && known.Booleans[0];
        if (body.Outputs[0].Type is not { Storage: Storage.Boolean, Shape.Count: 1 })
            throw new OnnxFormatException($"the body's first output is {body.Outputs[0].Type}, and must be one truth value", node.Name);
        if (goesOn && trips == long.MaxValue && !asksFirst)
            throw new OnnxUnsupportedException(
                $"{node.Name}: the loop has no number of turns and its condition is always true: it never ends");
        var iteration = new Iteration(Counted: true, goesOn && !asksFirst ? trips : null, trips is null ? 0 : -1, asksFirst ? 1 : -1,
            goesOn,
            states, 2, [], [.. Arrays.Repeat((0, false), collected)]);
        if (iteration.Trips is null && trips is { } most) iteration = iteration with { MostTrips = most };
        if (collected == 0 || (goesOn && trips is not null && !asksFirst))
            return (new IterationOperator(body, iteration, limits), goesOn && !asksFirst);
        return trips is not null && !asksFirst && EndsByConstants(loop, formals, values) ? null
            : (new CollectionOperator(body, iteration, limits), false);
    }

    // Whether the first turn knows before a run if there is a second, as one does that counts: its turns are written out then.
    private bool EndsByConstants(LoopOperator loop, GraphValue[] formals, GraphValue[] values)
    {
        GraphValue[] first = [new(formals[0].Name) { Type = formals[0].Type, Constant = new(formals[0].Type!.Value, new long[1]) },
            new(formals[1].Name) { Type = formals[1].Type, Constant = new(formals[1].Type!.Value, new[] { true }) },
            .. values, .. formals.Skip(2 + values.Length)];
        return Compile(loop.Body, first).Outputs[0].Constant is not null;
    }

    // What an output shows, behind identities.
    private static GraphValue Source(Graph body, GraphValue value)
    {
        while (body.Nodes.Find(node => node.Outputs[0] == value) is { Operator: IdentityOperator } identity)
            value = identity.Inputs[0]!;
        return value;
    }

    // A clone of the body with types for its inputs and for all it computes; refused with those of the inputs whose elements it needs.
    private Graph Compile(Body body, ReadOnlySpan<GraphValue> inputs)
    {
        budget.Take(body.Graph.Nodes.Count, "a body");
        Graph graph = body.Graph.Clone();
        for (int i = 0; i < inputs.Length; i++)
            (graph.Inputs[i].Type, graph.Inputs[i].Constant) = (inputs[i].Type, inputs[i].Constant ?? graph.Inputs[i].Constant);
        try
        {
            ExecutableCache.Optimize(graph, settings, limits, skippedPasses, budget);
            if (graph.Outputs.Any(static output => output.Sequence is not null)) throw new ValueNeededException();
        }
        catch (ShapeValuesNeededException needed)
        {
            throw new ValueNeededException([.. needed.Inputs.Select(input => Array.IndexOf(graph.Inputs, input))]);
        }
        return graph;
    }
}
