using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Questions about how a value is computed, for what is recognised by its arithmetic and by nothing else: no names, no order.
/// </summary>
internal sealed class Expressions(GraphLinks links)
{
    // Deeper products than this are none of the known functions.
    private const int MaximalDepth = 5;

    /// <summary>The node that writes a value, where it is that operator.</summary>
    public GraphNode? Writer(GraphValue? value, string operatorName) =>
        links.WriterOf(value) is { } writer && writer.OperatorName == operatorName && writer.Outputs[0] == value ? writer : null;

    /// <summary>The node that writes a value.</summary>
    public GraphNode? Writer(GraphValue? value) => links.WriterOf(value) is { } writer && writer.Outputs[0] == value ? writer : null;

    /// <summary>The number that a value is, whatever the input; null where it is no constant or holds several.</summary>
    public static float? Scalar(GraphValue? value) => value?.Constant is { Length: 1 } constant
        ? constant.Type.Storage switch
        {
            Storage.Float => constant.Floats[0],
            Storage.Integer => constant.Integers[0],
            _ => null,
        }
        : null;

    /// <summary>Both operands of a sum or product, the constant second where one of them is one.</summary>
    public static (GraphValue Left, GraphValue Right)? Operands(GraphNode? node) => node?.Inputs is [{ } left, { } right]
        ? left.Constant is not null && right.Constant is null ? (right, left) : (left, right) : null;

    /// <summary>
    /// The other operand and the number, where a value is a sum or product with one number, or a difference or quotient by one.
    /// </summary>
    public (GraphValue Value, float Number)? WithNumber(GraphValue? value, string operatorName)
    {
        if (Writer(value, operatorName) is not { } node || node.Inputs is not [{ } left, { } right]) return null;
        if (operatorName is "Add" or "Mul" && Operands(node) is var (other, constant)) (left, right) = (other, constant);
        return left.Constant is null && Scalar(right) is { } number ? (left, number) : null;
    }

    /// <summary>The operand of an operator of one input; null where the value is not its output.</summary>
    public GraphValue? Argument(GraphValue? value, string operatorName) =>
        Writer(value, operatorName) is { Inputs: [{ } input] } ? input : null;

    /// <summary>The nodes and values that a product is made of, with sums and other functions as leaves.</summary>
    public IEnumerable<GraphValue> Factors(GraphValue value, int depth = MaximalDepth)
    {
        if (depth == 0 || value.Constant is not null) yield break;
        if (Writer(value) is { OperatorName: "Mul" or "Div", Inputs: [{ } left, { } right] })
        {
            foreach (GraphValue factor in Factors(left, depth - 1)) yield return factor;
            foreach (GraphValue factor in Factors(right, depth - 1)) yield return factor;
        }
        else
        {
            yield return value;
        }
    }

    /// <summary>
    /// The number c where a value is, in any order, c times each of <paramref name="factors"/> as often as it stands there; null where it
    /// is anything else.
    /// </summary>
    public float? Multiple(GraphValue value, params ReadOnlySpan<GraphValue> factors)
    {
        var left = new List<GraphValue>(factors.ToArray());
        float number = 1;
        return Take(value, left, ref number, MaximalDepth) && left.Count == 0 ? number : null;
    }

    /// <summary>Whether two numbers are the same but for how a file rounds them.</summary>
    public static bool Near(float? value, double expected) => value is { } given && Math.Abs(given - expected) <= 2e-6 * Math.Abs(expected);

    private bool Take(GraphValue value, List<GraphValue> left, ref float number, int depth)
    {
        if (left.Remove(value)) return true;
        if (Scalar(value) is { } constant)
        {
            number *= constant;
            return true;
        }
        if (depth == 0 || Writer(value) is not { Inputs: [{ } first, { } second] } node) return false;
        if (node.OperatorName == "Mul")
            return Take(first, left, ref number, depth - 1) && Take(second, left, ref number, depth - 1);
        if (node.OperatorName != "Div" || Scalar(second) is not { } divisor || first.Constant is not null) return false;
        if (!Take(first, left, ref number, depth - 1)) return false;
        number /= divisor;
        return true;
    }
}
