using Upstride.Onnx.Operators.Normalization;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Recognises group normalisation as PyTorch writes it: the channels of each group reshaped into one, an instance normalisation of these,
/// and the shape of before.
/// </summary>
internal sealed class GroupNormalizationPattern : PatternPass
{
    protected override Replacement? Match(GraphNode node, Expressions expressions)
    {
        if (!node.Operator.IsView || expressions.Writer(node.Inputs[0], "InstanceNormalization") is not
            { Operator: GroupNormalizationOperator { Groups: null } instances, Inputs: [{ } grouped, { } scale, { } shift] }) return null;
        if (expressions.Writer(grouped) is not { Operator.IsView: true, Inputs: [{ Type: { } type } x, ..] }) return null;
        TensorShape shape = type.Shape, groups = grouped.Type!.Value.Shape;
        if (node.Outputs[0]!.Type != type || shape.Rank < 2 || groups[0] != shape[0] || shape[1] % groups[1] != 0) return null;
        if (scale.Constant is null || shift.Constant is null) return null;
        int each = shape[1] / groups[1];
        return new("GroupNormalization", instances.WithGroups(groups[1]), [x, Repeat(scale, each), Repeat(shift, each)]);
    }

    private static GraphValue Repeat(GraphValue value, int times)
    {
        var repeated = new float[value.Constant!.Length * times];
        for (int i = 0; i < repeated.Length; i++) repeated[i] = value.Constant.Floats[i / times];
        OnnxTensor tensor = OnnxTensor.Create(repeated, repeated.Length);
        return new(value.Name) { Constant = tensor, Type = tensor.Type };
    }
}
