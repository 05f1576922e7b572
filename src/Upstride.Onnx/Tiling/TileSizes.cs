using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>
/// Chooses how large tiles are: small enough for the caches and the memory, and so large that little is computed twice. What costs least by
/// an estimate is taken first.
/// </summary>
internal sealed class TileSizes
{
    // Edges in pixels of the picture, multiples of what networks halve.
    private static readonly int[] s_edges = [64, 96, 128, 192, 256, 384, 512, 768, 1024];

    // Of a core of today: multiply-adds a second, bytes a second of tensors that stay in the second cache and of those that do not, and
    // what calling a node costs. Fitted to a network of 8 channels, which small tiles make half as fast again.
    private const double MultiplyAdds = 2e10, NearBytes = 4e10, FarBytes = 4e9, CallSeconds = 1e-5;
    private const double NearestBytes = 3e6;

    // Of edges whose estimates are this close to the least the smallest is taken: measured, it is no slower, and takes down to a twentieth
    // of the memory.
    private const double NearLeast = 1.15;

    private readonly WholePicture _whole;
    private readonly (double MultiplyAdds, double Elements)[] _work;

    public TileSizes(WholePicture whole)
    {
        _whole = whole;
        _work = [.. Arrays.Range(0, whole.Graph.Rules.Count).Select(WorkOf)];
    }

    /// <summary>Edges of tiles in pixels of the output, the best first, then smaller ones.</summary>
    public IEnumerable<int> Candidates()
    {
        int[] edges = [.. s_edges.Select(edge => Math.Max(1, (int)Math.Round(edge * Scale())))];
        double[] seconds = [.. edges.Select(Seconds)];
        double enough = seconds.Min() * NearLeast;
        for (int i = Array.FindIndex(seconds, one => one <= enough); i >= 0; i--) yield return edges[i];
        for (int edge = edges[0] / 2; edge >= 8; edge /= 2) yield return edge;
    }

    // Of a tile inside the picture, for each pixel of its output.
    private double Seconds(int edge)
    {
        AxisPlan[] plans = [.. Arrays.Range(0, PictureAxes.Directions).Select(direction => Inside(direction, edge))];
        double seconds = 0;
        for (int i = 0; i < _work.Length; i++)
        {
            if (_work[i] is not { Elements: > 0 } work) continue;
            double positions = 1;
            for (int direction = 0; direction < PictureAxes.Directions; direction++)
                positions *= plans[direction].PartOf(_whole[direction].Graph.Nodes[i].Outputs[0]!).Length;
            double bytes = sizeof(float) * positions * work.Elements;
            seconds += CallSeconds + (positions * work.MultiplyAdds / MultiplyAdds)
                + (bytes / (bytes <= NearestBytes ? NearBytes : FarBytes));
        }
        return seconds / ((double)plans[0].Target.Length * plans[1].Target.Length);
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

    // For each position of a node's output: multiply-adds, and elements that are read and written.
    private (double MultiplyAdds, double Elements) WorkOf(int node)
    {
        PictureGraph graph = _whole.Graph;
        if (graph.Rules[node] is not { } rule) return default;
        GraphNode here = graph.Graph.Nodes[node];
        TensorShape shape = here.Outputs[0]!.Type!.Value.Shape;
        double positions = (double)shape[rule.Output.Rows] * shape[rule.Output.Columns];
        double elements = shape.Count
            + here.Inputs.Where(input => input is not null && graph.AxesOf(input) is not null)
                .Sum(static input => (double)input!.Type!.Value.Shape.Count);
        return (here.Operator is ConvolutionOperator convolution
            ? convolution.Sizes(here.Operands()).Geometry.MultiplyAdds / positions : 0, elements / positions);
    }
}
