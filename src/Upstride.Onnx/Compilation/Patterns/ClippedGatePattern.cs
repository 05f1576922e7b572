using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Elementwise;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Recognises hard-sigmoid and hard-swish in their parts: a straight line of x held within bounds, times or by one number, and x times
/// that. The result is the same to the last bit, whatever the numbers are: nothing is reordered.
/// </summary>
internal sealed class ClippedGatePattern : PatternPass
{
    protected override Replacement? Match(GraphNode node, Expressions expressions)
    {
        GraphValue output = node.Outputs[0]!;

        // Behind a factor stands either the gate or x times the gate.
        (GraphValue Value, float Factor, bool Divides)? scaled = ScaledOf(output, expressions);
        if (scaled is var (inner, factor, divides))
        {
            if (GateOf(inner, expressions) is { } alone && !alone.IsSigmoid)
                return Replace("HardSigmoid", alone with { Factor = factor, Divides = divides }, GateOrder.GateOnly);
            if (expressions.Writer(inner, "Mul") is { } product && Both(product, expressions) is { } both)
                return Replace("HardSwish", both with { Factor = factor, Divides = divides }, GateOrder.ProductFirst);
        }
        if (node.OperatorName != "Mul" || node.Inputs is not [{ } left, { } right]) return null;
        foreach ((GraphValue x, GraphValue other) in (ReadOnlySpan<(GraphValue, GraphValue)>)[(left, right), (right, left)])
        {
            if (ScaledOf(other, expressions) is var (gated, by, quotient) && GateOf(gated, expressions) is { IsSigmoid: false } first
                && first.X == x)
                return Replace("HardSwish", first with { Factor = by, Divides = quotient }, GateOrder.GateFirst);
            if (GateOf(other, expressions) is not { } gate) continue;
            if (gate.X == x) return Replace("HardSwish", gate, GateOrder.GateFirst);
            if (ScaledOf(x, expressions) is var (own, times, byIt) && own == gate.X)
                return Replace("HardSwish", gate with { Factor = times, Divides = byIt }, GateOrder.InputFirst);
        }
        return null;
    }

    private static Gate? Both(GraphNode product, Expressions expressions)
    {
        if (product.Inputs is not [{ } left, { } right]) return null;
        if (GateOf(right, expressions) is { } gate && gate.X == left) return gate;
        return GateOf(left, expressions) is { } other && other.X == right ? other : null;
    }

    private static Replacement Replace(string name, Gate gate, GateOrder order) => new(name,
        UnaryOperator.Of(new ClippedGate(gate.Slope, gate.Shift, gate.Least, gate.Most, gate.Factor, gate.Divides, order)), [gate.X]);

    private static (GraphValue Value, float Factor, bool Divides)? ScaledOf(GraphValue value, Expressions expressions) =>
        expressions.WithNumber(value, "Mul") is var (multiplied, factor) ? (multiplied, factor, false)
        : expressions.WithNumber(value, "Div") is var (divided, divisor) ? (divided, divisor, true)
        : null;

    private static Gate? GateOf(GraphValue value, Expressions expressions)
    {
        if (expressions.Writer(value) is not { } node) return null;
        if (node.Operator is UnaryOperator { Function: HardSigmoid sigmoid } && node.Inputs is [{ } x])
            return new(x, sigmoid.Alpha, sigmoid.Beta, 0, 1, IsSigmoid: true);
        if (BoundsOf(node, expressions) is not var (line, least, most)) return null;
        if (expressions.WithNumber(line, "Add") is not var (sum, shift)) return null;
        return expressions.WithNumber(sum, "Mul") is var (product, slope) && slope != 0
            ? new(product, slope, shift, least, most) : new(sum, 1, shift, least, most);
    }

    // A clip, or a minimum of a maximum.
    private static (GraphValue Line, float Least, float Most)? BoundsOf(GraphNode node, Expressions expressions)
    {
        if (node.Operator is ClipOperator && node.Inputs is [{ } clipped, ..])
            return node.Operator.AsActivation(node.Operands()) is { Kind: ActivationKind.Clip } clip && double.IsFinite(clip.Alpha)
                && double.IsFinite(clip.Beta) ? (clipped, (float)clip.Alpha, (float)clip.Beta) : null;
        if (node.OperatorName != "Min" || Expressions.Operands(node) is not var (inner, high) || Expressions.Scalar(high) is not { } most)
            return null;
        if (expressions.Argument(inner, "Relu") is { } positive) return most >= 0 ? (positive, 0, most) : null;
        return Expressions.Operands(expressions.Writer(inner, "Max")) is var (line, low) && Expressions.Scalar(low) is { } least
            && least <= most ? (line, least, most) : null;
    }

    private sealed record Gate(GraphValue X, float Slope, float Shift, float Least, float Most, float Factor = 1, bool Divides = false,
        bool IsSigmoid = false);
}
