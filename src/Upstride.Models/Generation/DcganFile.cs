using System.Collections.Immutable;
using System.Globalization;
using Upstride.Learning.Saving;
using Upstride.Onnx.Export;

namespace Upstride.Models.Generation;

/// <summary>
/// A DCGAN's generator in a safetensors file: its parameters by their names, and in <c>__metadata__</c> the keys <c>model</c>
/// (<c>dcgan</c>), <c>size</c>, <c>channels</c>, <c>features</c>, <c>latent</c> and <c>upsampling</c>.
/// </summary>
public static class DcganFile
{
    private const string Model = "dcgan", FirstWeight = "main.0.weight";

    /// <summary>Writes a generator, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="generator">The generator.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, DcganGenerator<float> generator, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(generator);
        DcganSettings settings = generator.Settings;
        KeyValuePair<string, string>[] metadata =
            [new("model", Model), Number("size", settings.Size), Number("channels", settings.Channels),
            Number("features", settings.Features), Number("latent", settings.Latent), new("upsampling", settings.Upsampling.ToString())];
        generator.Save(path, metadata, cancellationToken);

        static KeyValuePair<string, string> Number(string key, int value) => new(key, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Writes a generator as an ONNX model, whole or not at all: x, [batch, latent, 1, 1] of the normal distribution, becomes y,
    /// [batch, channels, size, size] in -1 to 1.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="generator">The generator.</param>
    /// <param name="cancellationToken">Asked before the file is written, and once more before it takes its name.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteOnnx(string path, DcganGenerator<float> generator, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(generator);
        OnnxExport.Write(path, generator,
            new() { InputShape = [new(null, "batch"), new(generator.Settings.Latent, null), new(1, null), new(1, null)] },
            cancellationToken);
    }

    /// <summary>Reads a generator, ready for use.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SafetensorsException">The file is no such file, or holds no generator; the message names the fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DcganGenerator<float> Read(string path)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        DcganSettings settings = SettingsOf(reader);

        // What the metadata claim decides the size of everything: with the first layer's shape it is a network not much larger than the
        // file.
        ImmutableArray<nint> expected =
            [settings.Latent, settings.FeaturesAt(0), settings.FirstSize, settings.FirstSize];
        SafetensorsTensor first = reader.Find(FirstWeight)
            ?? throw new SafetensorsException(reader.FileName, FirstWeight, "it is missing, and a generator has it");
        if (!first.Shape.AsSpan().SequenceEqual(expected.AsSpan()))
            throw new SafetensorsException(reader.FileName, FirstWeight,
                $"it has the shape [{string.Join(", ", first.Shape)}], and a {settings} needs [{string.Join(", ", expected)}]");
        var generator = new DcganGenerator<float>(settings);
        generator.Load(reader);
        generator.Eval();
        return generator;
    }

    private static DcganSettings SettingsOf(SafetensorsReader reader)
    {
        string model = Text("model");
        if (!string.Equals(model, Model, StringComparison.Ordinal))
            throw new SafetensorsException(reader.FileName, null, $"it holds the model '{model}', and not '{Model}'");
        if (!Enum.TryParse(Text("upsampling"), out UpsamplingKind upsampling))
            throw new SafetensorsException(reader.FileName, null,
                $"its metadata say 'upsampling' is '{Text("upsampling")}', and it must be one of "
                + $"{string.Join(", ", Enum.GetNames<UpsamplingKind>())}");
        try
        {
            return new DcganSettings(Number("size"), Number("channels"), Number("features"), Number("latent"), upsampling).Checked();
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new SafetensorsException(reader.FileName, null, $"its metadata: {fault.Message.Split('\n')[0]}");
        }

        string Text(string key) => reader.Metadata.TryGetValue(key, out string? text)
            ? text : throw new SafetensorsException(reader.FileName, null, $"its metadata do not say '{key}': it is no {Model}");

        int Number(string key) => int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new SafetensorsException(reader.FileName, null, $"its metadata say '{key}' is '{Text(key)}', and it must be a number");
    }
}
