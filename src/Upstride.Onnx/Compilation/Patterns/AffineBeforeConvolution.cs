using Upstride.Onnx.Operators.Convolutions;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Takes what scales and shifts each channel by constants into the weights and the bias of the convolutions or transposed convolutions that
/// alone read it: <c>w * (scale x + shift) = (scale w) * x + sum(w shift)</c>. A shift only where every tap meets an input: the zeros
/// around one are not shifted.
/// </summary>
internal sealed class AffineBeforeConvolution : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);

        // From the back, so that one of several in a row finds those after it gone.
        foreach (GraphNode node in graph.Nodes.AsEnumerable().Reverse().ToArray())
        {
            if (node.Outputs is not [{ } output] || node.RoundsOutput || links.IsOutput(output)
                || node.Operator.AsChannelAffine(node.Operands()) is not var (scale, shift)) continue;
            if (node.Inputs.FirstOrDefault(static input => input is { Constant: null }) is not { } x || x.Type != output.Type) continue;
            IReadOnlyList<GraphNode> readers = links.Readers(output);
            if (readers.Count == 0 || !readers.All(reader => Takes(reader, output, shift))) continue;
            foreach (GraphNode reader in readers.ToArray()) Absorb(reader, x, scale, shift);
            new DeadNodes().Apply(graph);
            links = new(graph);
        }
    }

    private static bool Takes(GraphNode reader, GraphValue output, float[] shift)
    {
        if (reader.Operator is not ConvolutionOperator convolution || reader.Inputs[0] != output || reader.Inputs.Skip(1).Contains(output)
            || reader.Inputs[1]?.Constant is null || (Bias(reader) is { } bias && bias.Constant is null)) return false;
        return shift.All(static value => value == 0) || (convolution is ConvOperator && convolution.HasNoPadding);
    }

    private static GraphValue? Bias(GraphNode node) => node.Inputs.Length > 2 ? node.Inputs[2] : null;

    private static void Absorb(GraphNode reader, GraphValue x, float[] scale, float[] shift)
    {
        var convolution = (ConvolutionOperator)reader.Operator;
        GraphValue weight = reader.Inputs[1]!;
        GraphValue? bias = Bias(reader);
        if (shift.Any(static value => value != 0))
        {
            float[] sums = convolution.SumOfInputs(weight.Constant!, shift, reader.Outputs[0]!.Type!.Value.Shape[1]);
            if (bias is not null)
                for (int channel = 0; channel < sums.Length; channel++) sums[channel] += bias.Constant!.Floats[channel];
            bias = Constant($"{reader.Outputs[0]!.Name}:bias", OnnxTensor.Create(sums, sums.Length));
        }
        GraphValue scaled = Constant(weight.Name, convolution.ScaleInputs(weight.Constant!, scale));
        reader.Inputs = bias is null && reader.Inputs.Length <= 2 ? [x, scaled] : [x, scaled, bias, .. reader.Inputs.Skip(3)];
    }

    private static GraphValue Constant(string name, OnnxTensor value) => new(name) { Constant = value, Type = value.Type };
}
