using System.Collections.Immutable;
using Upstride.Explain.Diagnosis;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Checkerboards;

/// <summary>One upsampling of a model.</summary>
/// <param name="Node">The node's name, or its output's where it has none.</param>
/// <param name="Operator">ConvTranspose, Conv (its backward pass), or DepthToSpace (with the convolution before it).</param>
/// <param name="Diagnosis">What is known of its checkerboard.</param>
public sealed record OnnxUpsampling(string Node, string Operator, LayerDiagnosis Diagnosis);

/// <summary>The compounded pattern of a chain of layers.</summary>
/// <param name="Nodes">The layers that took part, the first upsampling first.</param>
/// <param name="PatternDb">What their linear part makes of a flat input, in decibels against its mean; null where it is flat.</param>
/// <param name="LeftOut">The activations that were passed over, by operator.</param>
public sealed record OnnxPatternChain(ImmutableArray<string> Nodes, double? PatternDb, ImmutableArray<string> LeftOut);

/// <summary>The checkerboards of an ONNX model: every transposed convolution, the backward pass of every strided convolution, sub-pixel
/// layers, and chains.</summary>
public sealed class OnnxCheckerboard
{
    private readonly ModelProto _model;
    private readonly ExternalFiles? _external;

    private OnnxCheckerboard(ModelProto model, ExternalFiles? external)
    {
        _model = model;
        _external = external;
        var walk = new GraphWalk(model, external);
        Layers = [.. walk.Layers()];
        Chains = [.. walk.Chains()];
    }

    /// <summary>The upsamplings in the order of the file.</summary>
    public ImmutableArray<OnnxUpsampling> Layers { get; }

    /// <summary>Chains of two and more layers that begin with an upsampling.</summary>
    public ImmutableArray<OnnxPatternChain> Chains { get; }

    /// <summary>Reads a model and diagnoses it; operators that the runtime does not know do not matter here.</summary>
    /// <exception cref="OnnxFormatException">The file is damaged, or weights do not fit their node.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static OnnxCheckerboard Load(string path) =>
        new(ModelFile.ReadWhole(path), new(Path.GetDirectoryName(Path.GetFullPath(path)) ?? ""));

    /// <summary>Reads a model that has no external files.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static OnnxCheckerboard Load(Stream stream) => new(ModelFile.ReadWhole(stream), external: null);

    /// <summary>The model with cured weights; this one stays as it is.</summary>
    /// <param name="cure">One of <see cref="Cures.Names"/>.</param>
    /// <param name="order">Of the zero-order hold.</param>
    /// <param name="node">The one node that is cured; every transposed convolution that has a pattern where null.</param>
    /// <exception cref="OnnxFormatException">No such node, or a node that the cure does not allow.</exception>
    public OnnxCure Fix(string cure, int order = 1, string? node = null) => GraphCure.Apply(_model.Clone(), _external, cure, order, node);
}
