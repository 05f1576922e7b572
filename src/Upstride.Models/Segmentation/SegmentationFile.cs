using System.Globalization;
using Upstride.Learning;
using Upstride.Learning.Saving;
using Upstride.Onnx;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>
/// A segmentation network in a safetensors file: its parameters by their names, and in <c>__metadata__</c> the keys <c>model</c>
/// (<c>segmentation</c>), <c>architecture</c>, <c>width</c>, <c>upsampling</c> and <c>classes</c>, whose names tabulators separate.
/// </summary>
public static class SegmentationFile
{
    private const string Model = "segmentation";

    /// <summary>Writes a network, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, SegmentationNetwork<float> network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        SegmentationSettings settings = network.Settings;
        network.Save(path,
            [new("model", Model), new("architecture", settings.Architecture.ToString()),
            new("width", settings.Width.ToString("R", CultureInfo.InvariantCulture)), new("upsampling", settings.Upsampling.ToString()),
            new("classes", string.Join('\t', settings.Classes))], cancellationToken);
    }

    /// <summary>
    /// Writes a network as an ONNX model, whole or not at all: x, [batch, 3, height, width] in 0 to 1, becomes y, the logits
    /// [batch, classes, height, width].
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="height">Rows; null leaves them open, but for SegNet and DeconvNet, whose unpooling needs to know.</param>
    /// <param name="width">Columns, likewise.</param>
    /// <param name="cancellationToken">Asked before the file is written, and once more before it takes its name.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteOnnx(string path, SegmentationNetwork<float> network, int? height = null, int? width = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        OnnxExport.Write(path, network, new()
        {
            InputShape = [new(null, "batch"), new(3, null), height is { } rows ? new(rows, null) : new(null, "height"),
                width is { } columns ? new(columns, null) : new OnnxDimension(null, "width")],
        }, cancellationToken);
    }

    /// <summary>Reads a network, ready for use.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SafetensorsException">The file is no such file, or holds no such network; the message names the fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SegmentationNetwork<float> Read(string path)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        SegmentationSettings settings = SettingsOf(reader);

        // What the metadata claim decides the size of everything: a file that small cannot hold it.
        long available = reader.Tensors.Sum(static tensor => tensor.Shape.Aggregate(1L, static (product, length) => product * length));
        long needed = (long)settings.Channels(512) * settings.Channels(512) * 9;
        if (needed > available)
            throw new SafetensorsException(reader.FileName, null,
                $"it holds {available} numbers, and {settings} has a layer of {needed} weights: it is of another network");
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(settings);
        network.Load(reader);
        network.Eval();
        return network;
    }

    private static SegmentationSettings SettingsOf(SafetensorsReader reader)
    {
        string model = Text("model");
        if (!string.Equals(model, Model, StringComparison.Ordinal))
            throw new SafetensorsException(reader.FileName, null, $"it holds the model '{model}', and not '{Model}'");
        if (!double.TryParse(Text("width"), NumberStyles.Float, CultureInfo.InvariantCulture, out double width))
            throw new SafetensorsException(reader.FileName, null,
                $"its metadata say 'width' is '{Text("width")}', and it must be a number");
        try
        {
            return new SegmentationSettings(Word<SegmentationArchitecture>("architecture"), [.. Text("classes").Split('\t')], width,
                Word<DecoderUpsampling>("upsampling")).Checked();
        }
        catch (ArgumentException fault)
        {
            throw new SafetensorsException(reader.FileName, null, $"its metadata: {fault.Message.Split('\n')[0]}");
        }

        string Text(string key) => reader.Metadata.TryGetValue(key, out string? text)
            ? text : throw new SafetensorsException(reader.FileName, null, $"its metadata do not say '{key}': it is no {Model} network");

        T Word<T>(string key)
            where T : struct, Enum => Enum.TryParse(Text(key), out T value)
                ? value
                : throw new SafetensorsException(reader.FileName, null,
                    $"its metadata say '{key}' is '{Text(key)}', and it must be one of {string.Join(", ", Enum.GetNames<T>())}");
    }
}
