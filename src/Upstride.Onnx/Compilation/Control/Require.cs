using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Control;

/// <summary>What the inputs of a node with graphs within it must be.</summary>
internal static class Require
{
    /// <summary>An input that is there and holds one number or truth value.</summary>
    /// <exception cref="OnnxFormatException">It is anything else.</exception>
    public static GraphValue One(GraphNode node, int input, Storage storage) =>
        input < node.Inputs.Length && node.Inputs[input] is { Type: { Shape.Count: 1 } type } value && type.Storage == storage ? value
        : throw new OnnxFormatException($"input {input} is {Text(node, input)}, and must be one of {storage.Text}", node.Name);

    /// <summary>That no input from one to before another is left out.</summary>
    /// <exception cref="OnnxFormatException">One is.</exception>
    public static void AllThere(GraphNode node, int from, int to)
    {
        for (int i = from; i < to; i++)
            if (node.Inputs[i] is null) throw new OnnxFormatException($"input {i} is left out, and is needed", node.Name);
    }

    private static string Text(GraphNode node, int input) =>
        (input < node.Inputs.Length ? node.Inputs[input] : null) is not { } value ? "left out"
        : value.Sequence is not null ? "a sequence of tensors" : value.Type?.ToString() ?? "unknown";
}
