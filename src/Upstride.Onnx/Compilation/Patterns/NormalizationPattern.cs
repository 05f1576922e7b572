using Upstride.Onnx.Operators.Normalization;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Recognises layer, instance and root-mean-square normalisation in their parts: x less its mean along some axes, by the root of the mean
/// of the squares and a small number; as a quotient, as a product with the reciprocal, or multiplied out as TensorFlow does it.
/// </summary>
internal sealed class NormalizationPattern : PatternPass
{
    protected override Replacement? Match(GraphNode node, Expressions expressions)
    {
        if (node.Inputs is not [{ } left, { } right]) return null;
        if (node.OperatorName == "Div" && expressions.Argument(right, "Sqrt") is { } power && Variance(power, expressions) is { } quotient)
            return quotient.IsOf(left) ? Replace(quotient) : null;
        if (node.OperatorName == "Add") return MultipliedOut(left, right, expressions) ?? MultipliedOut(right, left, expressions);
        if (node.OperatorName != "Mul") return null;
        foreach ((GraphValue value, GraphValue factor) in (ReadOnlySpan<(GraphValue, GraphValue)>)[(left, right), (right, left)])
            if (Reciprocal(factor, expressions) is { } product && product.IsOf(value)) return Replace(product);
        return null;
    }

    // x r + (shift - mean r) with r = scale / sqrt(variance + epsilon): what stands in the brackets is one number for each mean.
    private static Replacement? MultipliedOut(GraphValue scaled, GraphValue rest, Expressions expressions)
    {
        if (expressions.Writer(scaled, "Mul")?.Inputs is not [{ } first, { } second]) return null;
        foreach ((GraphValue x, GraphValue factor) in (ReadOnlySpan<(GraphValue, GraphValue)>)[(first, second), (second, first)])
        {
            (GraphValue reciprocal, GraphValue? scale) =
                Reciprocal(factor, expressions) is null && Expressions.Operands(expressions.Writer(factor, "Mul")) is var (inner, constant)
                && constant.Constant is not null ? (inner, constant) : (factor, null);
            if (Reciprocal(reciprocal, expressions) is not { Centers: true } moments || moments.X != x) continue;
            if (expressions.Writer(rest, "Sub")?.Inputs is not [{ Constant: not null } shift, { } moved]) continue;
            if (expressions.Multiple(moved, moments.Mean!, factor) == 1) return Replace(moments, scale, shift);
        }
        return null;
    }

    private static Replacement? Replace(Moment moment, GraphValue? scale = null, GraphValue? shift = null)
    {
        TensorShape shape = moment.X.Type!.Value.Shape;
        if (scale is null && shift is null)
            return new(moment.Name, new MomentNormalizationOperator(moment.First, moment.End, moment.Epsilon, moment.Centers,
                AffinePlace.Along), [moment.X]);
        foreach (AffinePlace place in (ReadOnlySpan<AffinePlace>)[AffinePlace.Along, AffinePlace.Channel])
        {
            if (!NormalizationAffine.Fits(shape, moment.First, moment.End, place)) continue;
            (GraphValue? ownScale, bool scales) = NormalizationAffine.Expand(scale, shape, moment.First, moment.End, place);
            (GraphValue? ownShift, bool shifts) = NormalizationAffine.Expand(shift, shape, moment.First, moment.End, place);
            if (!scales || !shifts) continue;
            return new(moment.Name, new MomentNormalizationOperator(moment.First, moment.End, moment.Epsilon, moment.Centers, place),
                [moment.X, ownScale, ownShift]);
        }
        return null;
    }

    // 1 / sqrt(variance + epsilon).
    private static Moment? Reciprocal(GraphValue value, Expressions expressions)
    {
        if (expressions.Argument(value, "Reciprocal") is { } root)
            return expressions.Argument(root, "Sqrt") is { } power ? Variance(power, expressions) : null;
        if (expressions.Writer(value, "Div")?.Inputs is [{ } one, { } divisor] && Expressions.Scalar(one) is 1f
            && expressions.Argument(divisor, "Sqrt") is { } under) return Variance(under, expressions);
        return expressions.WithNumber(value, "Pow") is (var inner, -0.5f) ? Variance(inner, expressions) : null;
    }

    // mean((x - mean(x))^2) + epsilon, or mean(x^2) + epsilon.
    private static Moment? Variance(GraphValue value, Expressions expressions)
    {
        if (expressions.WithNumber(value, "Add") is not var (variance, epsilon) || !(epsilon >= 0)) return null;
        if (Mean(variance, expressions) is not { } squares || Square(squares.Of, expressions) is not { } difference) return null;
        if (expressions.Writer(difference, "Sub")?.Inputs is [{ } x, { } mean] && Mean(mean, expressions) is { } center && center.Of == x)
            return center.First == squares.First && center.End == squares.End
                ? new(x, mean, difference, squares.First, squares.End, epsilon, expressions) : null;
        return new(difference, null, difference, squares.First, squares.End, epsilon, expressions);
    }

    private static GraphValue? Square(GraphValue value, Expressions expressions) =>
        expressions.WithNumber(value, "Pow") is (var root, 2) ? root
        : expressions.Writer(value, "Mul")?.Inputs is [{ } left, { } right] && left == right ? left
        : null;

    // Of axes that are neighbours, which stay as axes of length 1.
    private static (GraphValue Of, int First, int End)? Mean(GraphValue value, Expressions expressions)
    {
        if (expressions.Writer(value) is not { Inputs: [{ } input, ..] } node) return null;
        if (node.OperatorName == "GlobalAveragePool") return (input, 2, input.Type!.Value.Shape.Rank);
        if (node.Operator is not ReduceOperator { Reduction: Reduction.Mean, KeepsAxes: true } reduce) return null;
        bool[] axes = reduce.Reduced(node.Operands());
        int first = Array.IndexOf(axes, true), end = Array.LastIndexOf(axes, true) + 1;
        return first >= 0 && axes.AsSpan(first, end - first).IndexOf(false) < 0 ? (input, first, end) : null;
    }

    private sealed record Moment(GraphValue X, GraphValue? Mean, GraphValue Difference, int First, int End, float Epsilon,
        Expressions Expressions)
    {
        public bool Centers => Mean is not null;

        public string Name => Centers ? "LayerNormalization" : "RMSNormalization";

        /// <summary>Whether a value is x less its mean, also where that is computed twice.</summary>
        public bool IsOf(GraphValue value) => value == Difference || (Mean is not null
            && Expressions.Writer(value, "Sub")?.Inputs is [{ } x, { } mean] && x == X
            && NormalizationPattern.Mean(mean, Expressions) is { } center && center == (X, First, End));
    }
}
