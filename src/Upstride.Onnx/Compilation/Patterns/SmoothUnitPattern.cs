using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Elementwise;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Recognises SiLU, x sigmoid(a x), the Gaussian error linear unit, by the error function and by the hyperbolic tangent, and Mish in their
/// parts, whatever the order of their factors.
/// </summary>
internal sealed class SmoothUnitPattern : PatternPass
{
    private const double RootOfTwo = 1.4142135623730951, TanhFactor = 0.7978845608028654, Cubic = 0.044715;

    protected override Replacement? Match(GraphNode node, Expressions expressions)
    {
        if (node.OperatorName is not ("Mul" or "Div")) return null;
        GraphValue output = node.Outputs[0]!;
        foreach (GraphValue gate in expressions.Factors(output))
        {
            if (expressions.Argument(gate, "Sigmoid") is { } z && SigmoidOf(node, gate, z, expressions) is { } swish) return swish;
            if (MishOf(gate, expressions) is { } mish && expressions.Multiple(output, mish, gate) == 1)
                return new("Mish", UnaryOperator.Of(default(Mish)), [mish]);
            if (expressions.WithNumber(gate, "Add") is not (var function, 1)) continue;
            if (expressions.Argument(function, "Erf") is { } argument && Half(argument, expressions) is { } erf
                && expressions.Multiple(output, erf.X, gate) == 0.5f)
                return new("Gelu", UnaryOperator.Of(erf.Function), [erf.X]);
            if (expressions.Argument(function, "Tanh") is { } inner && Cube(inner, expressions) is { } cubed
                && expressions.Multiple(output, cubed, gate) == 0.5f)
                return new("Gelu", UnaryOperator.Of(default(GeluByTanh)), [cubed]);
        }
        return null;
    }

    // Either factor may be x, and the sigmoid's argument x or a multiple of it.
    private static Replacement? SigmoidOf(GraphNode node, GraphValue gate, GraphValue z, Expressions expressions)
    {
        if (node is not { OperatorName: "Mul", Inputs: [{ } left, { } right] } || (left != gate && right != gate)) return null;
        GraphValue x = left == gate ? right : left;
        if (x == z) return new("Swish", UnaryOperator.Of(new SigmoidGate(1)), [x]);
        return expressions.WithNumber(z, "Mul") is var (root, slope) && root == x
            ? new("Swish", UnaryOperator.Of(new SigmoidGate(slope)), [x]) : null;
    }

    // tanh(softplus(x)), the latter also as log(exp(x) + 1).
    private static GraphValue? MishOf(GraphValue gate, Expressions expressions)
    {
        if (expressions.Argument(gate, "Tanh") is not { } softplus) return null;
        return expressions.Argument(softplus, "Softplus") ?? (expressions.Argument(softplus, "Log") is { } sum
            && expressions.WithNumber(sum, "Add") is (var power, 1) ? expressions.Argument(power, "Exp") : null);
    }

    // x by the root of 2, or times its reciprocal.
    private static (GraphValue X, ErrorFunctionGate Function)? Half(GraphValue argument, Expressions expressions) =>
        expressions.WithNumber(argument, "Div") is var (divided, root) && Expressions.Near(root, RootOfTwo) ? (divided, new(root, true))
        : expressions.WithNumber(argument, "Mul") is var (x, factor) && Expressions.Near(factor, 1 / RootOfTwo) ? (x, new(factor, false))
        : null;

    // sqrt(2 / pi) (x + 0.044715 x^3), or with x taken out, sqrt(2 / pi) x (1 + 0.044715 x^2).
    private static GraphValue? Cube(GraphValue inner, Expressions expressions)
    {
        foreach (GraphValue factor in expressions.Factors(inner))
        {
            if (Expressions.Operands(expressions.Writer(factor, "Add")) is not var (left, right)) continue;
            if (Expressions.Scalar(right) is 1)
            {
                foreach (GraphValue x in Roots(left, expressions, 2))
                    if (Expressions.Near(expressions.Multiple(inner, x, factor), TanhFactor)) return x;
                continue;
            }
            foreach ((GraphValue x, GraphValue cube) in (ReadOnlySpan<(GraphValue, GraphValue)>)[(left, right), (right, left)])
            {
                if (Roots(cube, expressions, 3).Contains(x) && Expressions.Near(expressions.Multiple(inner, factor), TanhFactor)) return x;
            }
        }
        return null;
    }

    // The values whose square or cube times 0.044715 this is.
    private static IEnumerable<GraphValue> Roots(GraphValue product, Expressions expressions, int exponent)
    {
        foreach (GraphValue factor in expressions.Factors(product))
        {
            if (expressions.WithNumber(factor, "Pow") is var (root, power) && power == exponent
                && Expressions.Near(expressions.Multiple(product, factor), Cubic)) yield return root;
            if (Expressions.Near(expressions.Multiple(product, [.. Arrays.Repeat(factor, exponent)]), Cubic)) yield return factor;
            if (exponent == 3 && expressions.WithNumber(factor, "Pow") is (var square, 2)
                && Expressions.Near(expressions.Multiple(product, factor, square), Cubic)) yield return square;
        }
    }
}
