using Upstride.Onnx.Operators.Normalization;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Takes a product with constants and then a sum with constants, one for each element that is normalised together or one for each channel,
/// into the normalisation before them.
/// </summary>
internal sealed class NormalizationAffine : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        foreach (GraphNode node in graph.Nodes.ToArray())
        {
            while (!node.RoundsOutput && node.Operator is MomentNormalizationOperator normalization && node.Inputs.Length < 3
                && links.OnlyReader(node) is { } reader && Absorbed(node, normalization, reader) is var (replaced, inputs))
            {
                node.Operator = replaced;
                links.Absorb(node, reader, inputs);
            }
            while (!node.RoundsOutput && node.Operator is GroupNormalizationOperator { ScalesGroups: false }
                && links.OnlyReader(node) is { Outputs: [{ } output] } reader && output.Type == node.Outputs[0]!.Type
                && ChannelsAbsorbed(node, reader) is { } inputs) links.Absorb(node, reader, inputs);
        }
    }

    /// <summary>Whether the place has a meaning for these axes.</summary>
    public static bool Fits(TensorShape shape, int first, int end, AffinePlace place) =>
        place == AffinePlace.Along || (shape.Rank > 2 && first == 2 && end == shape.Rank);

    /// <summary>
    /// The constants as one for each element or channel, null for none; and whether they are of that kind.
    /// </summary>
    public static (GraphValue? Value, bool Fits) Expand(GraphValue? value, TensorShape shape, int first, int end, AffinePlace place)
    {
        if (value is null) return (null, true);
        if (value.Constant is not { Type: { Storage: Storage.Float, Shape: var own } } constant || own.Rank > shape.Rank) return default;
        (int from, int to) = place == AffinePlace.Along ? (first, end) : (1, 2);
        for (int axis = 0; axis < own.Rank; axis++)
        {
            int along = axis + shape.Rank - own.Rank;
            if (own[axis] != 1 && (along < from || along >= to || own[axis] != shape[along])) return default;
        }

        // One number stands for all; a length of 1 among others would have to be repeated within, which nobody writes.
        int count = shape.CountOfAxes(from, to);
        if (own.Count != 1 && own.Count != count) return default;
        var expanded = new float[count];
        for (int i = 0; i < count; i++) expanded[i] = constant.Floats[own.Count == 1 ? 0 : i];
        return (Constant(value, expanded), true);
    }

    // The channels' own scales and shifts, scaled and shifted once more.
    private static GraphValue?[]? ChannelsAbsorbed(GraphNode node, GraphNode reader)
    {
        if (node.Inputs is not [_, { Constant: { } scale }, { Constant: { } shift }]
            || reader.Operator.AsChannelAffine(reader.Operands()) is not var (factors, terms)) return null;
        float[] scales = [.. factors.Select((factor, channel) => scale.Floats[channel] * factor)];
        float[] shifts = [.. factors.Select((factor, channel) => (shift.Floats[channel] * factor) + terms[channel])];
        return [node.Inputs[0], Constant(node.Inputs[1]!, scales), Constant(node.Inputs[2]!, shifts)];
    }

    private static GraphValue Constant(GraphValue before, float[] values)
    {
        OnnxTensor tensor = OnnxTensor.Create(values, values.Length);
        return new(before.Name) { Constant = tensor, Type = tensor.Type };
    }

    private static (MomentNormalizationOperator Operator, GraphValue?[] Inputs)? Absorbed(GraphNode node,
        MomentNormalizationOperator normalization, GraphNode reader)
    {
        bool scales = reader.OperatorName == "Mul" && node.Inputs.Length == 1, shifts = reader.OperatorName == "Add";
        if ((!scales && !shifts) || reader.Outputs is not [{ } output] || output.Type != node.Outputs[0]!.Type
            || Expressions.Operands(reader) is not var (_, constant)) return null;
        TensorShape shape = output.Type!.Value.Shape;
        foreach (AffinePlace place in (ReadOnlySpan<AffinePlace>)[AffinePlace.Along, AffinePlace.Channel])
        {
            if (!Fits(shape, normalization.First, normalization.End, place)
                || (node.Inputs.Length > 1 && place != normalization.Place)) continue;
            if (Expand(constant, shape, normalization.First, normalization.End, place) is not ({ } value, true)) continue;
            GraphValue? scale = node.Inputs.Length > 1 ? node.Inputs[1] : null;
            return (normalization.With(place), scales ? [node.Inputs[0], value] : [node.Inputs[0], scale, value]);
        }
        return null;
    }
}
