using Upstride.Algorithms;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Elementwise;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Takes an activation into the convolution or transposed convolution before it, which applies it to outputs that are still in registers or
/// in the first cache.
/// </summary>
internal sealed class ActivationFusion : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        foreach (GraphNode node in graph.Nodes.ToArray())
        {
            if (node.RoundsOutput || node.Operator is not ConvolutionOperator { IsPlain: true } window
                || links.OnlyReader(node) is not { } reader || reader.Inputs[0] != node.Outputs[0]) continue;
            if (reader.Outputs.Length != 1 || reader.Outputs[0]!.Type != node.Outputs[0]!.Type) continue;
            Activation? activation = reader.Operator.AsActivation(reader.Operands())
                ?? (reader.Operator as UnaryOperator)?.AsFunction(reader.OperatorName);
            if (activation is null or { Kind: ActivationKind.None }) continue;
            node.Operator = window.With(activation);
            links.Absorb(node, reader, node.Inputs);
        }
    }
}
