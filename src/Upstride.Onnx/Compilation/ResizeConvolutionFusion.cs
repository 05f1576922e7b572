using Upstride.Onnx.Operators.Convolutions;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Takes an enlargement by nearest neighbour and the convolution after it, or a transposed one, of stride 1, together: a transposed
/// convolution at the small size.
/// </summary>
internal sealed class ResizeConvolutionFusion : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        foreach (GraphNode node in graph.Nodes.ToArray())
        {
            if (node.Outputs.Length != 1
                || links.OnlyReader(node) is not { Operator: ConvolutionOperator { IsPlain: true } convolution } reader) continue;
            if (reader.Inputs.Length > ConvolutionOperator.Residual || reader.Inputs[0] != node.Outputs[0]
                || reader.Inputs[1]?.Constant is not { } weight) continue;
            if (node.Operator.AsNearestEnlargement(node.Operands()) is not { } scale || scale.All(static factor => factor == 1)) continue;
            if (ResizeConvolutionOperator.Create(convolution, scale, node.Inputs[0]!.Type!.Value.Shape,
                reader.Outputs[0]!.Type!.Value.Shape, weight) is not var (fused, fusedWeight)) continue;

            // The convolution stays, with its name, and reads what the enlargement read.
            graph.Nodes.Remove(node);
            reader.Operator = fused;
            reader.Inputs =
                [node.Inputs[0], new(reader.Inputs[1]!.Name) { Constant = fusedWeight, Type = fusedWeight.Type }, .. reader.Inputs.Skip(2)];
        }
    }
}
