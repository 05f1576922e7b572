using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling.Rules;

namespace Upstride.Onnx.Tiling;

/// <summary>The graph of one tile, made of the whole's: every node computes its part.</summary>
internal sealed class TileGraph
{
    private readonly PictureGraph _whole;
    private readonly AxisPlan[] _plans;
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<GraphValue, GraphValue> _values = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(GraphValue, Interval, Interval), GraphValue> _cuts = [];

    private TileGraph(PictureGraph whole, AxisPlan rows, AxisPlan columns) => (_whole, _plans) = (whole, [rows, columns]);

    /// <summary>The graph for the tile of two plans, with all types known.</summary>
    /// <param name="whole">The whole, or of two narrow ones the first.</param>
    /// <param name="rows">The part down.</param>
    /// <param name="columns">The part across.</param>
    /// <param name="settings">Those of the computation.</param>
    public static Graph Of(PictureGraph whole, AxisPlan rows, AxisPlan columns, OnnxSessionSettings settings)
    {
        Graph graph = new TileGraph(whole, rows, columns).Make();
        new ShapeInference(graph, settings.Compute, settings.Limits).Apply();
        return graph;
    }

    private Graph Make()
    {
        GraphValue[] inputs = [.. _whole.Graph.Inputs.Select(Copy)];
        TensorType type = _whole.Input.Type!.Value;
        nint[] lengths = [.. type.Shape.Lengths];
        PictureAxes axes = _whole.AxesOf(_whole.Input)!.Value;
        for (int direction = 0; direction < PictureAxes.Directions; direction++)
            lengths[axes[direction]] = _plans[direction].Input.Length;
        _values[_whole.Input].Type = type.WithShape(new(lengths));
        for (int i = 0; i < _whole.Rules.Count; i++) Add(i);
        GraphValue made = Cut(_values[_whole.Output], _whole.Output, _plans[0].Target, _plans[1].Target);
        return new() { Inputs = inputs, Nodes = _nodes, Outputs = [made] };
    }

    private void Add(int index)
    {
        GraphNode node = _whole.Graph.Nodes[index];
        TileRule? rule = _whole.Rules[index];
        Operator op = rule is null ? node.Operator : rule.Build(_plans[0].StepOf(index), _plans[1].StepOf(index));
        var inputs = new GraphValue?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            if (node.Inputs[i] is { } input) inputs[i] = rule is null ? Copy(input) : Taken(index, i, rule, input);

        // What is told of a part is in its operator.
        if (op is SelectionOperator or PartialResize or OpenReshape or FixedViewOperator) inputs = [inputs[0]];
        else if (op is PartialUnpool) inputs = inputs[..2];
        _nodes.Add(new(node.Name, node.OperatorName, op, inputs, [.. node.Outputs.Select(CopyOrNull)]));
    }

    private GraphValue Taken(int index, int input, TileRule rule, GraphValue value)
    {
        if (_whole.AxesOf(value) is not null)
            return Cut(Copy(value), value, _plans[0].TakenBy(index, input), _plans[1].TakenBy(index, input));
        var axes = new PictureAxes(rule.FollowingAxis(input, 0), rule.FollowingAxis(input, 1), rule.Output.Width);
        if (axes is { Rows: < 0, Columns: < 0 }) return Copy(value);
        GraphValue made = _whole.Graph.Nodes[index].Outputs[0]!;
        return AddCut(Copy(value), SelectionOperator.Part(value.Type!.Value.Shape.Rank, axes,
            axes.Rows < 0 ? null : _plans[0].PartOf(made), axes.Columns < 0 ? null : _plans[1].PartOf(made)));
    }

    // A part of what is there of a value.
    private GraphValue Cut(GraphValue there, GraphValue value, Interval rows, Interval columns)
    {
        Interval[] wanted = [rows, columns], made = [.. _plans.Select(plan => plan.PartOf(value))];
        if (wanted.SequenceEqual(made)) return there;
        if (_cuts.TryGetValue((value, rows, columns), out GraphValue? known)) return known;
        PictureAxes axes = _whole.AxesOf(value)!.Value;
        if (axes.IsList) axes = axes with { Width = made[1].Length };
        Interval? Within(int direction) =>
            axes.IsList || wanted[direction] != made[direction] ? wanted[direction].Moved(-made[direction].Start) : null;
        GraphValue cut = AddCut(there, SelectionOperator.Part(value.Type!.Value.Shape.Rank, axes, Within(0), Within(1)));
        _cuts.Add((value, rows, columns), cut);
        return cut;
    }

    private GraphValue AddCut(GraphValue value, SelectionOperator op)
    {
        var cut = new GraphValue($"{value.Name}:part");
        _nodes.Add(new($"part of '{value.Name}'", "Slice", op, [value], [cut]));
        return cut;
    }

    private GraphValue? CopyOrNull(GraphValue? value) => value is null ? null : Copy(value);

    private GraphValue Copy(GraphValue value)
    {
        if (!_values.TryGetValue(value, out GraphValue? copy))
            _values.Add(value, copy = new(value.Name) { Type = value.Constant is null ? null : value.Type, Constant = value.Constant });
        return copy;
    }
}
