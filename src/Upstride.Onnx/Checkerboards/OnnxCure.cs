using System.Collections.Immutable;
using Google.Protobuf;
using Upstride.Explain.Diagnosis;
using Upstride.Files;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Checkerboards;

/// <summary>A model with cured weights.</summary>
public sealed class OnnxCure
{
    private readonly ModelProto _model;

    internal OnnxCure(ModelProto model, ImmutableArray<(string Node, Cure Cure)> changes)
    {
        _model = model;
        Changes = changes;
    }

    /// <summary>What was changed, in the order of the file.</summary>
    public ImmutableArray<(string Node, Cure Cure)> Changes { get; }

    /// <summary>Writes the model, whole or not at all; tensors of external files are written into it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path, CancellationToken cancellationToken = default) =>
        WholeFile.Write(path, _model.WriteTo, cancellationToken);

    /// <summary>Writes the model to a stream.</summary>
    public void Save(Stream stream) => _model.WriteTo(stream);
}
