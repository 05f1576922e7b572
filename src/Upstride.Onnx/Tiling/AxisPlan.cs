using System.Globalization;
using System.Text;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Tiling;

/// <summary>
/// Along one direction, the part of every value that a part of the output is made of: found from the output back to the picture, each node
/// asking its inputs for what decides on its own part. Beyond the picture's border nothing is asked for: there a part ends as the whole
/// does, and is padded as the whole is.
/// </summary>
/// <remarks>Values are known by their names, so that plans of two graphs, one for each direction, make one tile.</remarks>
internal sealed class AxisPlan
{
    private readonly PictureGraph _graph;
    private readonly int _direction;
    private readonly Dictionary<string, Interval> _parts = new(StringComparer.Ordinal);
    private readonly Interval[]?[] _needs;
    private readonly TileStep[] _steps;

    /// <param name="graph">The whole.</param>
    /// <param name="direction">Down or across.</param>
    /// <param name="target">The part of the output.</param>
    public AxisPlan(PictureGraph graph, int direction, Interval target)
    {
        (_graph, _direction, Target) = (graph, direction, target);
        _needs = new Interval[]?[graph.Rules.Count];
        _steps = new TileStep[graph.Rules.Count];
        Find();
        Key = MakeSteps();
    }

    /// <summary>The part of the output that is wanted.</summary>
    public Interval Target { get; }

    /// <summary>The part of the picture that is read.</summary>
    public Interval Input => _parts[_graph.Input.Name];

    /// <summary>Equal for plans that compute alike.</summary>
    public string Key { get; }

    /// <summary>The part of a value that is computed.</summary>
    public Interval PartOf(GraphValue value) => _parts[value.Name];

    /// <summary>The part of an input that a node takes.</summary>
    public Interval TakenBy(int node, int input)
    {
        GraphValue value = _graph.Graph.Nodes[node].Inputs[input]!;
        return _graph.Rules[node]!.TakesMore(input, _direction) && _graph.AxesOf(value) is not null ? _parts[value.Name]
            : _needs[node]![input];
    }

    /// <summary>The computation of a node along the direction.</summary>
    public TileStep StepOf(int node) => _steps[node];

    private void Find()
    {
        Want(_graph.Output, Target);
        for (int i = _graph.Rules.Count - 1; i >= 0; i--)
        {
            if (_graph.Rules[i] is not { } rule) continue;
            GraphNode node = _graph.Graph.Nodes[i];
            Interval part = Interval.None;
            foreach (GraphValue? output in node.Outputs)
                if (output is not null && _parts.TryGetValue(output.Name, out Interval wanted)) part = part.Union(wanted);

            // What is computed together beyond the whole's end still reads what there is of its inputs.
            Interval least = rule.Least(_direction, part);
            part = least.Clip(_graph.Whole(node.Outputs[0]!, _direction));
            foreach (GraphValue? output in node.Outputs)
                if (output is not null) _parts[output.Name] = part;
            var needs = new Interval[node.Inputs.Length];
            for (int input = 0; input < needs.Length; input++)
            {
                if (node.Inputs[input] is not { } value) continue;
                if (_graph.AxesOf(value) is null)
                {
                    needs[input] = part;
                    continue;
                }
                needs[input] = Inside(rule.Needs(input, _direction, least), _graph.Whole(value, _direction));
                Want(value, needs[input]);
            }
            _needs[i] = needs;
        }
        if (!_parts.ContainsKey(_graph.Input.Name)) throw new TilingRefusedException(null, "the output does not depend on the picture");
    }

    // A window that sees padding alone is given the element nearest to it, which it does not read.
    private static Interval Inside(Interval needed, Interval whole)
    {
        Interval inside = needed.Clip(whole);
        if (!inside.IsEmpty) return inside;
        int nearest = Math.Clamp(needed.IsEmpty ? 0 : needed.Start, whole.Start, whole.End - 1);
        return new(nearest, nearest + 1);
    }

    private void Want(GraphValue value, Interval part) =>
        _parts[value.Name] = _parts.TryGetValue(value.Name, out Interval known) ? known.Union(part) : part;

    private string MakeSteps()
    {
        var key = new StringBuilder();
        key.Append(CultureInfo.InvariantCulture, $"{Input.Length}");
        for (int i = 0; i < _steps.Length; i++)
        {
            if (_graph.Rules[i] is not { } rule) continue;
            GraphNode node = _graph.Graph.Nodes[i];
            Interval part = _parts[node.Outputs[0]!.Name];
            int counted = rule.CountsIn ?? i;
            Interval taken = _graph.Graph.Nodes[counted].Inputs[0] is { } first && _graph.AxesOf(first) is not null ? TakenBy(counted, 0)
                : part;
            _steps[i] = rule.Step(_direction, part, taken);
            key.Append(CultureInfo.InvariantCulture, $";{part.Length}:{_steps[i].Key}");
            for (int input = 0; input < node.Inputs.Length; input++)
            {
                if (node.Inputs[input] is not { } value) continue;
                if (_graph.AxesOf(value) is not null)
                    key.Append(CultureInfo.InvariantCulture,
                        $",{TakenBy(i, input).Start - _parts[value.Name].Start}+{TakenBy(i, input).Length}");
                else if (rule.FollowingAxis(input, _direction) is >= 0 and var axis && !_graph.IsUniform(value, axis))
                    key.Append(CultureInfo.InvariantCulture, $",@{part.Start}");
            }
        }
        Interval made = _parts[_graph.Output.Name];
        key.Append(CultureInfo.InvariantCulture, $";{Target.Start - made.Start}+{Target.Length}");
        return key.ToString();
    }
}
