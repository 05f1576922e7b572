using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>Chooses how large tiles are: small enough for the caches and the memory, and so large that little is computed twice.</summary>
internal sealed class TileSizes
{
    // Edges in pixels of the picture, multiples of what networks halve.
    private static readonly int[] s_edges = [64, 96, 128, 192, 256, 384, 512, 768, 1024];

    // Of the work that is shared with the neighbours so much is done twice at most, where the memory allows it.
    private const double Overhead = 1.2;

    private readonly WholePicture _whole;
    private readonly double[] _work;

    public TileSizes(WholePicture whole)
    {
        _whole = whole;
        _work = [.. Enumerable.Range(0, whole.Graph.Rules.Count).Select(WorkOf)];
    }

    /// <summary>Edges of tiles in pixels of the output, the best first, then smaller ones.</summary>
    public IEnumerable<int> Candidates()
    {
        int[] edges = [.. s_edges.Select(edge => Math.Max(1, (int)Math.Round(edge * Scale())))];
        int best = Array.FindIndex(edges, edge => Cost(edge) <= Overhead);
        if (best < 0) best = edges.Length - 1;
        for (int i = best; i >= 0; i--) yield return edges[i];
        for (int edge = edges[0] / 2; edge >= 8; edge /= 2) yield return edge;
    }

    /// <summary>The work of a tile inside the picture, relative to its part of the whole's.</summary>
    public double Cost(int edge)
    {
        AxisPlan[] plans = [.. Enumerable.Range(0, PictureAxes.Directions).Select(direction => Inside(direction, edge))];
        double tile = 0, whole = 0, share = 1;
        foreach (AxisPlan plan in plans) share *= plan.Target.Length;
        share /= (double)_whole[0].Whole(_whole[0].Output, 0).Length * _whole[1].Whole(_whole[1].Output, 1).Length;
        for (int i = 0; i < _work.Length; i++)
        {
            if (_work[i] == 0) continue;
            double part = _work[i], all = _work[i];
            for (int direction = 0; direction < PictureAxes.Directions; direction++)
            {
                GraphValue output = _whole[direction].Graph.Nodes[i].Outputs[0]!;
                part *= plans[direction].PartOf(output).Length;
                all *= _whole[direction].Whole(output, direction).Length;
            }
            tile += part;
            whole += all;
        }
        return whole == 0 ? 1 : tile / (share * whole);
    }

    // The tile in the middle: the one that most are like.
    private AxisPlan Inside(int direction, int edge)
    {
        Interval whole = _whole[direction].Whole(_whole[direction].Output, direction);
        int start = Math.Max(0, (whole.Length - edge) / 2 / edge * edge);
        return new(_whole[direction], direction, new(start, Math.Min(whole.End, start + edge)));
    }

    // Pixels of the output for one of the picture.
    private double Scale()
    {
        PictureGraph graph = _whole[1];
        double output = graph.Whole(graph.Output, 1).Length, input = graph.Whole(graph.Input, 1).Length;
        return Math.Max(1.0 / 64, output >= input ? Math.Ceiling(output / input) : 1 / Math.Ceiling(input / output));
    }

    // Multiply-adds, or elements, for each position of a node's output.
    private double WorkOf(int node)
    {
        PictureGraph graph = _whole.Graph;
        if (graph.Rules[node] is not { } rule) return 0;
        GraphNode here = graph.Graph.Nodes[node];
        TensorShape shape = here.Outputs[0]!.Type!.Value.Shape;
        double positions = (double)shape[rule.Output.Rows] * shape[rule.Output.Columns];
        return here.Operator is ConvolutionOperator convolution
            ? convolution.Sizes(here.Operands()).Geometry.MultiplyAdds / positions : shape.Count / positions;
    }
}
