using System.Collections.Immutable;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx;

/// <summary>A model that was read and checked: every operator is known, every name has its meaning. A session runs it.</summary>
/// <remarks>The format is that of https://onnx.ai/onnx/repo-docs/IR.html, with operator sets 6 to 26.</remarks>
public sealed class OnnxModel
{
    internal OnnxModel(Graph graph, ImmutableArray<OnnxValueInfo> inputs, ImmutableArray<OnnxValueInfo> optionalInputs,
        ImmutableArray<OnnxValueInfo> outputs, int opset) =>
        (Graph, Inputs, OptionalInputs, Outputs, Opset) = (graph, inputs, optionalInputs, outputs, opset);

    /// <summary>What a run needs, in the model's order; initialisers are not among them.</summary>
    public ImmutableArray<OnnxValueInfo> Inputs { get; }

    /// <summary>
    /// What a run may be given, in the model's order: inputs of the graph that have an initialiser, which stands for them where they are
    /// not given.
    /// </summary>
    public ImmutableArray<OnnxValueInfo> OptionalInputs { get; }

    /// <summary>What a run gives, in the model's order.</summary>
    public ImmutableArray<OnnxValueInfo> Outputs { get; }

    /// <summary>The version of ONNX's operator set by which the nodes are understood.</summary>
    public int Opset { get; }

    /// <summary>How often each operator occurs, by name.</summary>
    public ImmutableSortedDictionary<string, int> Operators =>
        Graph.Nodes.CountBy(static node => node.OperatorName).ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The number of elements of all floating-point tensors that the file holds and a node reads: initialisers and <c>Constant</c> nodes.
    /// </summary>
    public long Parameters
    {
        get
        {
            Dictionary<GraphValue, OnnxTensor?> constants = Graph.Nodes.Where(static node => node.OperatorName is "Constant")
                .ToDictionary(static node => node.Outputs[0]!, static node => node.Operator.AsConstant(node.Operands()));
            return Graph.Nodes.SelectMany(static node => node.Inputs).OfType<GraphValue>().Distinct()
                .Sum(value => (value.Constant
                ?? constants.GetValueOrDefault(value)) is { Type: { Storage: Storage.Float, Shape.Count: var count } } ? (long)count : 0);
        }
    }

    internal Graph Graph { get; }

    /// <summary>Where it was read from; null where that was no file.</summary>
    internal string? SourcePath { get; private set; }

    /// <summary>Reads a model; tensors in external files are read from the model's folder and nowhere else.</summary>
    /// <exception cref="OnnxFormatException">The file is damaged, or the model breaks a rule of the format.</exception>
    /// <exception cref="OnnxUnsupportedException">The model is of another opset, or uses operators or element types that are not supported:
    /// every kind of operator is named, with the number of its nodes and the first.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static OnnxModel Load(string path)
    {
        string full = Path.GetFullPath(path);
        OnnxModel model = GraphReader.Read(ModelFile.ReadModel(path), new(Path.GetDirectoryName(full) ?? ""));
        model.SourcePath = full;
        return model;
    }

    /// <summary>Reads a model that has no external files.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static OnnxModel Load(Stream stream) => GraphReader.Read(ModelFile.ReadModel(stream), external: null);
}
