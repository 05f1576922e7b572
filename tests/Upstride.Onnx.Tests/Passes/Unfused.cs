using Upstride.Onnx.Compilation;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests.Passes;

/// <summary>A model with and without the compiler's passes.</summary>
internal static class Unfused
{
    private static readonly string[] _all = [.. GraphPass.All.Select(static pass => pass.Name)];

    /// <summary>
    /// Runs a model as it is, once more with its nodes in reverse order and every name another, and without any pass: all must give the
    /// same within <paramref name="bound"/> of the largest; 0 wants the same bits. Returns the operators of the plan.
    /// </summary>
    public static string[] Compare(Func<ModelBuilder> build, float bound, params (string Name, OnnxTensor Tensor)[] inputs)
    {
        Dictionary<string, OnnxTensor> given = Values.Named(inputs);
        using OnnxSession fused = build().Session(), plain = build().Session(new() { SkippedPasses = [.. _all] });
        ModelBuilder other = build();
        Rename(other.Proto.Graph);
        using OnnxSession renamed = other.Session();
        IReadOnlyDictionary<string, OnnxTensor> expected = plain.Run(given);
        foreach (OnnxSession session in (OnnxSession[])[fused, renamed])
        {
            IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(given), again = session.Run(given);
            foreach ((string name, OnnxTensor tensor) in expected)
            {
                Operators.OneNode.Near(tensor, actual[name], bound, name);
                Operators.OneNode.Near(actual[name], again[name], 0, name);
            }
        }
        string[] operators = PlanOf(fused, given);
        Assert.Equal(operators.Order(StringComparer.Ordinal), PlanOf(renamed, given).Order(StringComparer.Ordinal));
        return operators;
    }

    private static string[] PlanOf(OnnxSession session, Dictionary<string, OnnxTensor> given) =>
        [.. session.Explain(given).Steps.Where(static step => step.Algorithm != "view").Select(static step => step.Operator)];

    // Nodes in reverse, which a file may hold in any order, and names that say nothing.
    private static void Rename(GraphProto graph)
    {
        HashSet<string> kept = [.. graph.Input.Select(static input => input.Name), .. graph.Output.Select(static output => output.Name),
            ""];
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        NodeProto[] nodes = [.. graph.Node.Reverse()];
        graph.Node.Clear();
        foreach (NodeProto node in nodes)
        {
            node.Name = "";
            for (int i = 0; i < node.Input.Count; i++) node.Input[i] = Name(node.Input[i]);
            for (int i = 0; i < node.Output.Count; i++) node.Output[i] = Name(node.Output[i]);
            graph.Node.Add(node);
        }
        foreach (TensorProto tensor in graph.Initializer) tensor.Name = Name(tensor.Name);

        string Name(string name)
        {
            if (kept.Contains(name)) return name;
            if (!names.TryGetValue(name, out string? other)) names.Add(name, other = $"v{names.Count * 7919 % 10007}");
            return other;
        }
    }
}
