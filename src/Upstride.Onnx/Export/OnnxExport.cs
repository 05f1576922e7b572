using System.Collections.Immutable;
using System.Numerics;
using Google.Protobuf;
using Upstride.Files;
using Upstride.Learning;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Export;

/// <summary>
/// Writes trained modules as ONNX models of opset <see cref="Opset"/>: <c>Sequential</c> of the layers in <c>Upstride.Learning.Layers</c>,
/// and modules that are <see cref="IOnnxExportable{T}"/>. The model computes what the module computes in use: batch normalisation by its
/// running values, dropout not at all. Weights are float32.
/// </summary>
/// <example>
/// <code><![CDATA[
/// OnnxExport.Write(path, generator);
/// using OnnxSession session = OnnxSession.Load(path);
/// ]]></code>
/// </example>
public static class OnnxExport
{
    /// <summary>The version of ONNX's operator set that models are written in.</summary>
    public const int Opset = 18;

    // The first of the format's versions that knows the opset.
    private const int IrVersion = 8;

    // Protocol buffers hold less than 2 GiB; a model's nodes and names take a small part of the 16 MiB that are left for them.
    private const long MaximalWeightBytes = int.MaxValue - (16L << 20);

    /// <summary>Writes a module, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="module">Trained.</param>
    /// <param name="settings">Names, and the shape of the input.</param>
    /// <param name="cancellationToken">Asked before the file is written, and once more before it takes its name.</param>
    /// <exception cref="OnnxUnsupportedException">A module that ONNX has no word for, or weights beyond 2 GiB; the message names
    /// it.</exception>
    /// <exception cref="InvalidOperationException">Weights that nobody gave.</exception>
    /// <exception cref="ArgumentException">Layers that do not fit one after another, or an input whose shape is to be given.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write<T>(string path, Module<T> module, OnnxExportSettings? settings = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ModelProto model = Build(module, settings ?? new());
        WholeFile.Write(path, stream => model.WriteTo(stream), cancellationToken);
    }

    /// <summary>Writes a module.</summary>
    /// <param name="stream">Written from where it stands.</param>
    /// <param name="module">Trained.</param>
    /// <param name="settings">Names, and the shape of the input.</param>
    /// <inheritdoc cref="Write{T}(string, Module{T}, OnnxExportSettings?, CancellationToken)"/>
    public static void Write<T>(Stream stream, Module<T> module, OnnxExportSettings? settings = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        Build(module, settings ?? new()).WriteTo(stream);
    }

    private static ModelProto Build<T>(Module<T> module, OnnxExportSettings settings)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(settings.InputName, nameof(settings));
        ArgumentException.ThrowIfNullOrEmpty(settings.OutputName, nameof(settings));
        if (string.Equals(settings.InputName, settings.OutputName, StringComparison.Ordinal))
            throw new ArgumentException($"settings.InputName and settings.OutputName are both '{settings.InputName}', and must differ",
                nameof(settings));
        (string name, _) = module.NamedParameters().FirstOrDefault(static one => !one.Parameter.IsSet);
        if (name is not null)
            throw new InvalidOperationException(
                $"the weights '{name}' were never set: initialise the module, load it, or write their values");
        long bytes = sizeof(float) * module.NamedParameters().Concat(module.NamedBuffers()).Sum(static one => (long)one.Parameter.Length);
        if (bytes > MaximalWeightBytes)
            throw new OnnxUnsupportedException(
                $"the module's weights take {bytes} bytes, and an ONNX file holds at most {MaximalWeightBytes}");

        ImmutableArray<OnnxDimension> shape = settings.InputShape.IsDefaultOrEmpty ? FirstLayer.InputShape(module) : settings.InputShape;
        var graph = new ExportGraph<T>(module, settings.InputName, settings.OutputName);
        var input = new ExportValue(settings.InputName, shape);
        graph.Finish(input, graph.ApplyRoot(input));
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "Upstride", Graph = graph.Proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        return model;
    }
}
