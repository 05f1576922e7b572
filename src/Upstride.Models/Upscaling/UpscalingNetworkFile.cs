using Upstride.Learning.Saving;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Pyramid;
using Upstride.Models.Residual;
using Upstride.Onnx.Export;

namespace Upstride.Models.Upscaling;

/// <summary>A network that enlarges luma, of any architecture, in a safetensors file: its metadata say which.</summary>
public static class UpscalingNetworkFile
{
    /// <summary>
    /// Writes a network as an ONNX model, whole or not at all: x, [batch, 1, height, width] luma in 0 to 1, becomes y, scale times as high
    /// and wide.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="cancellationToken">Asked before the file is written, and once more before it takes its name.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteOnnx(string path, UpscalingNetwork network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        OnnxExport.Write(path, network, new() { InputShape = [new(null, "batch"), new(1, null), new(null, "height"), new(null, "width")] },
            cancellationToken);
    }

    /// <summary>Reads a network. Its shapes are checked before anything of their size is allocated.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scale">The scale, for a file without metadata or of several scales, of which it is the largest where null; where the
    /// metadata say it, they must agree.</param>
    /// <param name="settings">How much is read.</param>
    /// <exception cref="SafetensorsException">The file is no such file, or holds no such network; the message names the fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static UpscalingNetwork Read(string path, int? scale = null, SafetensorsReadSettings? settings = null)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path, settings);
        return Read(reader, scale);
    }

    /// <summary>Reads a network.</summary>
    /// <param name="reader">The open file.</param>
    /// <param name="scale">The scale, for a file without metadata or of several scales, of which it is the largest where null; where the
    /// metadata say it, they must agree.</param>
    /// <exception cref="SafetensorsException">It holds no such network; the message names the fault.</exception>
    public static UpscalingNetwork Read(SafetensorsReader reader, int? scale = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        string? model = reader.Metadata.GetValueOrDefault("model");
        if (model is not (ResidualFile.Model or PyramidFile.Model)) return FsrcnnFile.Read(reader, scale);
        UpscalingNetwork network = model == ResidualFile.Model ? ResidualFile.Read(reader) : PyramidFile.Read(reader);
        if (scale is null || scale == network.Scale) return network;
        if (network is PyramidNetwork pyramid && pyramid.Scales.Contains(scale.Value)) return pyramid.ForScale(scale.Value);
        string scales = (network.Scales.Length == 1 ? "scale " : "scales ") + string.Join(", ", network.Scales);
        throw new SafetensorsException(reader.FileName, null, $"it is a network for {scales}, and not for {scale}");
    }
}
