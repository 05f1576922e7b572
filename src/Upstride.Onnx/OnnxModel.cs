using System.Collections.Immutable;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx;

/// <summary>A model that was read and checked: every operator is known, every name has its meaning. A session runs it.</summary>
/// <remarks>The format is that of https://onnx.ai/onnx/repo-docs/IR.html, with operator sets 6 to 25.</remarks>
public sealed class OnnxModel
{
    private OnnxModel(Graph graph, ImmutableArray<OnnxValueInfo> inputs, ImmutableArray<OnnxValueInfo> outputs, int opset) =>
        (Graph, Inputs, Outputs, Opset) = (graph, inputs, outputs, opset);

    /// <summary>What a run needs, in the model's order; initialisers are not among them.</summary>
    public ImmutableArray<OnnxValueInfo> Inputs { get; }

    /// <summary>What a run gives, in the model's order.</summary>
    public ImmutableArray<OnnxValueInfo> Outputs { get; }

    /// <summary>The version of ONNX's operator set by which the nodes are understood.</summary>
    public int Opset { get; }

    /// <summary>How often each operator occurs, by name.</summary>
    public ImmutableSortedDictionary<string, int> Operators =>
        Graph.Nodes.CountBy(static node => node.OperatorName).ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The number of elements of all initialisers of floating-point numbers.</summary>
    public long Parameters => Graph.Nodes.SelectMany(static node => node.Inputs).OfType<GraphValue>().Distinct()
        .Sum(static value => value.Constant is { Type: { Storage: Storage.Float, Shape.Count: var count } } ? (long)count : 0);

    internal Graph Graph { get; }

    /// <summary>Reads a model; tensors in external files are read from the model's folder and nowhere else.</summary>
    /// <exception cref="OnnxFormatException">The file is damaged, or the model breaks a rule of the format.</exception>
    /// <exception cref="OnnxUnsupportedException">The model is of another opset, or uses operators or element types that are not supported: all of the operators are named.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static OnnxModel Load(string path) =>
        Create(ModelFile.ReadModel(path), new(Path.GetDirectoryName(Path.GetFullPath(path)) ?? ""));

    /// <summary>Reads a model that has no external files.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static OnnxModel Load(Stream stream) => Create(ModelFile.ReadModel(stream), external: null);

    private static OnnxModel Create(ModelProto model, ExternalFiles? external)
    {
        (Graph graph, ImmutableArray<OnnxValueInfo> inputs, ImmutableArray<OnnxValueInfo> outputs, int opset) = GraphReader.Read(model, external);
        return new(graph, inputs, outputs, opset);
    }
}
