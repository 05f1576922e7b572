using Upstride.Onnx.Operators.Convolutions;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Takes a batch normalisation, a sum or product with one number or one for each channel, or anything else that scales and shifts each
/// channel by constants, into the weights and the bias of the
/// convolution or transposed convolution before it: <c>scale (w * x + b) + shift = (scale w) * x + (scale b + shift)</c>.
/// </summary>
internal sealed class ChannelAffineFusion : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        foreach (GraphNode node in graph.Nodes.ToArray())
        {
            while (!node.RoundsOutput && node.Operator is ConvolutionOperator { IsPlain: true } window
                && links.OnlyReader(node) is { } reader
                && reader.Outputs is [_, ..]
                && reader.Outputs.Skip(1).All(static output => output is null)
                && node.Inputs.Length <= ConvolutionOperator.Residual && node.Inputs[1]?.Constant is { } weight
                && (BiasOf(node) is not { } given || given.Constant is not null)
                && reader.Operator.AsChannelAffine(reader.Operands()) is var (scale, shift)
                && reader.Outputs[0]!.Type == node.Outputs[0]!.Type)
            {
                OnnxTensor scaled = window.ScaleChannels(weight, scale);
                float[] bias = [.. shift];
                if (BiasOf(node)?.Constant is { } old)
                    for (int channel = 0; channel < bias.Length; channel++) bias[channel] += scale[channel] * old.Floats[channel];
                links.Absorb(node, reader,
                    [node.Inputs[0], Constant(node.Inputs[1]!.Name, scaled),
                    Constant($"{node.Outputs[0]!.Name}:bias", OnnxTensor.Create(bias, bias.Length))]);
            }
        }
    }

    private static GraphValue? BiasOf(GraphNode node) => node.Inputs.Length > 2 ? node.Inputs[2] : null;

    private static GraphValue Constant(string name, OnnxTensor value) => new(name) { Constant = value, Type = value.Type };
}
