using Upstride.Algorithms;
using Upstride.Onnx.Operators.Convolutions;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Moves an activation that never falls, as max(x, 0), from behind a maximum pooling to before it: the largest stays the largest, and the
/// convolution before the pooling can take the activation in.
/// </summary>
internal sealed class ActivationBeforePooling : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (graph.Nodes[i] is not { OperatorName: "MaxPool", Inputs: [{ } input, ..] } pooling
                || pooling.Outputs.Skip(1).Any(static output => output is not null)) continue;
            if (links.WriterOf(input) is not { Operator: ConvolutionOperator { IsPlain: true } } writer
                || links.OnlyReader(writer) != pooling) continue;
            if (links.OnlyReader(pooling) is not { Inputs: [_], Outputs: [{ } output] } reader) continue;
            if (reader.Operator.AsActivation(reader.Operands()) is not { } activation || !NeverFalls(activation)) continue;

            // writer -> input -> pooling -> pooled -> reader -> output becomes writer -> input -> reader -> active -> pooling -> output.
            var active = new GraphValue(pooling.Outputs[0]!.Name) { Type = input.Type };
            reader.Inputs = [input];
            reader.Outputs[0] = active;
            pooling.Inputs = [active, .. pooling.Inputs.Skip(1)];
            pooling.Outputs[0] = output;
            graph.Nodes.Remove(reader);
            graph.Nodes.Insert(graph.Nodes.IndexOf(pooling), reader);
            links = new GraphLinks(graph);
        }
    }

    private static bool NeverFalls(Activation activation) => activation.Kind switch
    {
        ActivationKind.Relu or ActivationKind.Tanh or ActivationKind.Sigmoid => true,
        ActivationKind.LeakyRelu => activation.Alpha >= 0,
        ActivationKind.Clip => activation.Alpha <= activation.Beta,
        _ => false,
    };
}
