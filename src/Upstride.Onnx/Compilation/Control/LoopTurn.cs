using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Control;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Control;

/// <summary>
/// A loop from one of its turns on. It becomes the nodes of that turn and the loop from the next turn on, until it has no more turns; then
/// what was collected is joined. It reads whether there is a turn, the states, what the body captures, and for each output that collects
/// the sequence of what it has.
/// </summary>
internal sealed class LoopTurn : Operator
{
    private readonly Body _body;
    private readonly long _turn;
    private readonly long _trips;
    private readonly int _states;

    private LoopTurn(Body body, long turn, long trips, int states) => (_body, _turn, _trips, _states) = (body, turn, trips, states);

    private int Collected => _body.Graph.Outputs.Length - 1 - _states;

    /// <summary>The node of the whole loop.</summary>
    public static GraphNode First(GraphNode node, Body body, long trips, GraphValue? condition, GraphValue[] states,
        GraphValue[] captured) =>
        new(node.Name, node.OperatorName, new LoopTurn(body, 0, trips, states.Length),
            [condition, .. states, .. captured,
                .. body.Graph.Outputs.Skip(1 + states.Length).Select(static output => Joined(output.Name, []))], node.Outputs);

    /// <summary>The nodes of this turn and of those after it.</summary>
    public IReadOnlyList<GraphNode> Expand(GraphNode node)
    {
        if (_turn >= _trips) return End(node);
        GraphValue? condition = node.Inputs[0];
        if (condition is not null)
        {
            if (condition.Constant is not { } known) throw new ValueNeededException(0);
            if (!known.Booleans[0]) return End(node);
        }
        GraphValue[] given = [.. node.Inputs.Skip(1).SkipLast(Collected).Cast<GraphValue>()];
        GraphValue next = new($"{node.Name}:condition");
        GraphValue[] states = [.. _body.Graph.Outputs.Skip(1).Take(_states).Select(static output => new GraphValue(output.Name))];
        GraphValue[] collected = [.. _body.Graph.Outputs.Skip(1 + _states).Select(static output => new GraphValue(output.Name))];
        List<GraphNode> nodes = _body.Inline(
            [Constant("turn", OnnxTensor.Create([_turn])), Constant("condition", new(new(OnnxElementType.Boolean, TensorShape.Scalar),
                new[] { true })),
                .. given], [next, .. states, .. collected]);
        GraphValue[] joined = [.. collected.Select((value, i) => Joined(value.Name, CollectedBy(node, i).Add(value)))];
        nodes.Add(new(node.Name, node.OperatorName, new LoopTurn(_body, _turn + 1, _trips, _states),
            [next, .. states, .. given.Skip(_states), .. joined], node.Outputs));
        return nodes;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        throw new InvalidOperationException("a loop stands for its turns");

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        throw new InvalidOperationException("a loop stands for its turns");

    private List<GraphNode> End(GraphNode node)
    {
        var nodes = new List<GraphNode>();
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (node.Outputs[i] is not { } output) continue;
            if (i < _states)
            {
                nodes.Add(new(node.Name, "Identity", new IdentityOperator(), [node.Inputs[1 + i]], [output]));
                continue;
            }
            if (CollectedBy(node, i - _states) is not { Count: > 0 } turns)
                throw new OnnxUnsupportedException(
                    $"{node.Name}: the loop has no turns, and what its output {i} would collect has no shape");
            var rows = new List<GraphValue>();
            foreach (GraphValue value in turns)
            {
                GraphValue row = new(value.Name);
                nodes.Add(new(node.Name, "Unsqueeze", new NewAxisOperator(), [value], [row]));
                rows.Add(row);
            }
            nodes.Add(new(node.Name, "Concat", new ConcatOperator(0), [.. rows], [output]));
        }
        return nodes;
    }

    private ImmutableList<GraphValue> CollectedBy(GraphNode node, int output) =>
        node.Inputs[^(Collected - output)]!.Sequence!.ToImmutableList();

    private static GraphValue Joined(string name, ImmutableList<GraphValue> values) => new(name) { Sequence = values };

    private static GraphValue Constant(string name, OnnxTensor value)
    {
        // The number of a turn has no axes.
        OnnxTensor scalar = value.WithShape(TensorShape.Scalar);
        return new(name) { Constant = scalar, Type = scalar.Type };
    }
}
