using System.Runtime.InteropServices;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>
/// A graph for one size of the picture, compiled as a session compiles it, with the rule of each node by which a part of its output is
/// computed. One output of the graph is made; what does not lead there is gone.
/// </summary>
internal sealed class PictureGraph
{
    private readonly Dictionary<GraphValue, PictureAxes> _axes = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(GraphValue, int), bool> _uniform = [];

    private PictureGraph(Graph graph, int input) => (Graph, Input) = (graph, graph.Inputs[input]);

    public Graph Graph { get; }

    /// <summary>The picture.</summary>
    public GraphValue Input { get; }

    /// <summary>What is made.</summary>
    public GraphValue Output => Graph.Outputs[0];

    /// <summary>The rule of each node of the graph; null where it does not depend on the picture.</summary>
    public List<TileRule?> Rules { get; } = [];

    /// <summary>The graph for a picture.</summary>
    /// <param name="graph">As it was read, or opened for pictures of any size.</param>
    /// <param name="axes">The picture's axes of the input.</param>
    /// <param name="picture">The input's type.</param>
    /// <param name="settings">Those of the computation, of position-independent bits.</param>
    /// <exception cref="TilingRefusedException">The graph does not go through in tiles.</exception>
    /// <exception cref="OnnxFormatException">A node refuses the sizes.</exception>
    /// <exception cref="OnnxUnsupportedException">A tensor would have more elements than there can be.</exception>
    public static PictureGraph Of(Graph graph, PictureAxes axes, TensorType picture, OnnxSessionSettings settings)
    {
        var result = new PictureGraph(Compiled(graph, picture, settings), 0);
        result.FindRules(axes, new(settings.Compute, opening: false, new(result.Graph)), open: false);
        return result;
    }

    /// <summary>The graph for a picture as a session compiles it, without rules.</summary>
    public static Graph Compiled(Graph graph, TensorType picture, OnnxSessionSettings settings)
    {
        Graph typed = Typed(graph, picture, settings);
        foreach (GraphPass pass in GraphPass.All)
            if (!settings.SkippedPasses.Contains(pass.Name)) pass.Apply(typed);
        return typed;
    }

    /// <summary>
    /// The graph of a model that declares one size, for pictures of any: shapes that are told in numbers follow the picture as they do at
    /// the declared size.
    /// </summary>
    /// <inheritdoc cref="Of"/>
    public static Graph Opened(Graph graph, PictureAxes axes, TensorType picture, OnnxSessionSettings settings)
    {
        var result = new PictureGraph(Typed(graph, picture, settings), 0);
        result.FindRules(axes, new(settings.Compute, opening: true, new(result.Graph)), open: true);
        return result.Graph;
    }

    /// <summary>Whether a constant is as large as the picture along a direction.</summary>
    public bool HasConstantPictures
    {
        get
        {
            for (int i = 0; i < Rules.Count; i++)
                if (Rules[i] is { } rule && FollowsPicture(Graph.Nodes[i], rule)) return true;
            return false;
        }
    }

    private bool FollowsPicture(GraphNode node, TileRule rule)
    {
        for (int input = 0; input < node.Inputs.Length; input++)
            if (node.Inputs[input] is { } value && AxesOf(value) is null
                && (rule.FollowingAxis(input, 0) >= 0 || rule.FollowingAxis(input, 1) >= 0)) return true;
        return false;
    }

    /// <summary>Whether a constant is the same all along an axis, so that any part of it is as any other.</summary>
    public bool IsUniform(GraphValue value, int axis)
    {
        if (_uniform.TryGetValue((value, axis), out bool known)) return known;
        bool uniform = value.Constant is { Type.Storage: Storage.Float } constant && IsUniform(constant.Floats, constant.Type.Shape, axis);
        _uniform.Add((value, axis), uniform);
        return uniform;
    }

    private static bool IsUniform(ReadOnlySpan<float> elements, TensorShape shape, int axis)
    {
        int inner = shape.CountOfAxes(axis + 1, shape.Rank), run = inner * shape[axis];
        for (int start = 0; start < elements.Length; start += run)
        {
            ReadOnlySpan<int> bits = MemoryMarshal.Cast<float, int>(elements.Slice(start, run));

            // Each is as the one before it.
            if (!bits[inner..].SequenceEqual(bits[..^inner])) return false;
        }
        return true;
    }

    /// <summary>The picture's axes of a value; null where it does not depend on the picture.</summary>
    public PictureAxes? AxesOf(GraphValue value) => _axes.TryGetValue(value, out PictureAxes axes) ? axes : null;

    /// <summary>The whole of a value along a direction.</summary>
    public Interval Whole(GraphValue value, int direction) => new(0, _axes[value].LengthOf(value.Type!.Value.Shape, direction));

    /// <summary>The graph with all types known, of the first output alone, and what leads there.</summary>
    public static Graph Typed(Graph graph, TensorType picture, OnnxSessionSettings settings)
    {
        Graph copy = graph.Clone();
        var single = new Graph { Nodes = copy.Nodes, Inputs = copy.Inputs, Outputs = [copy.Outputs[0]] };
        new DeadNodes().Apply(single);
        single.Inputs[0].Type = picture;
        single.Inputs[0].Constant = null;
        try
        {
            new ShapeInference(single, settings.Compute, settings.Limits).Apply();
        }
        catch (ShapeValuesNeededException)
        {
            throw new TilingRefusedException(null, "its shapes depend on what the picture shows");
        }
        new DeadNodes().Apply(single);
        return single;
    }

    private void FindRules(PictureAxes axes, TileRules rules, bool open)
    {
        _axes[Input] = axes;
        foreach (GraphNode node in Graph.Nodes)
        {
            if (!node.Inputs.Any(input => input is not null && _axes.ContainsKey(input)))
            {
                Rules.Add(null);
                continue;
            }
            TileRule rule = rules.Of(node, AxesOf);
            Rules.Add(rule);
            foreach (GraphValue? output in node.Outputs)
                if (output is not null) _axes[output] = rule.Output;
            if (open && FollowsPicture(node, rule)) throw new TilingRefusedException(node.Name, "takes a constant of the picture's size");
            if (open && rule.Open() is { } opened)
            {
                node.Operator = opened;
                node.Inputs = [node.Inputs[0]];
            }
        }
        if (!_axes.ContainsKey(Output)) throw new TilingRefusedException(null, $"output '{Output.Name}' does not depend on the picture");
        if (_axes[Output].IsList) throw new TilingRefusedException(
            Graph.Nodes.Find(node => node.Outputs.Contains(Output))!.Name, $"output '{Output.Name}' is a list of pixels");
    }
}
