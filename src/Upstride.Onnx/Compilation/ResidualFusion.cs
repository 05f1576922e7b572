using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>Takes the addition of a tensor of the same shape into the convolution or transposed convolution before it.</summary>
internal sealed class ResidualFusion : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        foreach (GraphNode node in graph.Nodes.ToArray())
        {
            if (node.RoundsOutput || node.Operator is not ConvolutionOperator { IsPlain: true }
                || node.Inputs.Length > ConvolutionOperator.Residual) continue;
            if (links.OnlyReader(node) is not { OperatorName: "Add", Inputs: [{ } left, { } right] } reader) continue;
            GraphValue output = node.Outputs[0]!, other = left == output ? right : left;
            if (other.Type != output.Type || reader.Outputs[0]!.Type != output.Type || output.Type!.Value.Storage != Storage.Float)
                continue;
            links.Absorb(node, reader, [node.Inputs[0], node.Inputs[1], node.Inputs.Length > 2 ? node.Inputs[2] : null, other]);
        }
    }
}
