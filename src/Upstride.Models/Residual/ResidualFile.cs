using System.Globalization;
using Upstride.Learning.Saving;

namespace Upstride.Models.Residual;

/// <summary>
/// A residual network in a safetensors file, with the weights in use: <c>feature.weight</c>, <c>feature.slope</c>, <c>block0.weight</c>,
/// <c>block0.slope</c> and so on, [output channels, input channels, kernel, kernel] and [channels], and <c>upsample.weight</c>,
/// [channels, 1, kernel, kernel]. In <c>__metadata__</c> are the keys <c>model</c> (<c>upstride-best</c>), <c>scale</c>, <c>features</c>
/// and <c>blocks</c>.
/// </summary>
public static class ResidualFile
{
    /// <summary>What the metadata's key <c>model</c> says.</summary>
    public const string Model = "upstride-best";

    private const string UpsampleWeight = "upsample.weight";

    /// <summary>Writes a network, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ResidualNetwork network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ResidualSettings settings = network.Settings;
        var writer = new SafetensorsWriter();
        writer.Metadata["model"] = Model;
        foreach ((string name, int value) in Sizes(settings)) writer.Metadata[name] = value.ToString(CultureInfo.InvariantCulture);
        for (int i = 0; i < network.Convolutions.Count; i++)
        {
            writer.Add<float>(NameOf(i) + ".weight", settings.WeightShape(i), network.Convolutions[i].Collapse());
            writer.Add<float>(NameOf(i) + ".slope", [settings.Features], network.Convolutions[i].Slope.Values.ToArray());
        }
        writer.Add<float>(UpsampleWeight, network.Upsampling.Shape.AsSpan(), network.Upsampling.Values.ToArray());
        writer.Write(path, cancellationToken);
    }

    /// <summary>Reads a network. Its shapes are checked before anything of their size is allocated.</summary>
    /// <param name="reader">The open file.</param>
    /// <exception cref="SafetensorsException">It holds no such network; the message names the fault.</exception>
    public static ResidualNetwork Read(SafetensorsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (!reader.Metadata.TryGetValue("model", out string? model) || !string.Equals(model, Model, StringComparison.Ordinal))
            throw new SafetensorsException(reader.FileName, null, $"it holds the model '{model}', and not '{Model}'");
        ResidualSettings settings;
        try
        {
            settings = new(Number(reader, "scale"), Number(reader, "features"), Number(reader, "blocks"));
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new SafetensorsException(reader.FileName, null, fault.Message);
        }
        for (int i = 0; i <= settings.Blocks; i++)
        {
            Require(reader, NameOf(i) + ".weight", settings.WeightShape(i));
            Require(reader, NameOf(i) + ".slope", [settings.Features]);
        }
        Require(reader, UpsampleWeight, [settings.Features, 1, settings.UpsamplingKernel, settings.UpsamplingKernel]);
        var network = new ResidualNetwork(settings);
        for (int i = 0; i <= settings.Blocks; i++)
        {
            network.Convolutions[i].Expand(reader.Read<float>(NameOf(i) + ".weight"));
            reader.Read(NameOf(i) + ".slope", network.Convolutions[i].Slope.Values);
        }
        reader.Read(UpsampleWeight, network.Upsampling.Values);
        return network;
    }

    private static string NameOf(int convolution) =>
        convolution == 0 ? "feature" : string.Create(CultureInfo.InvariantCulture, $"block{convolution - 1}");

    private static (string Name, int Value)[] Sizes(ResidualSettings settings) =>
        [("scale", settings.Scale), ("features", settings.Features), ("blocks", settings.Blocks)];

    private static int Number(SafetensorsReader reader, string key)
    {
        string? text = reader.Metadata.GetValueOrDefault(key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new SafetensorsException(reader.FileName, null, $"its metadata say '{key}' is '{text}', and it must be a number");
    }

    private static void Require(SafetensorsReader reader, string name, nint[] shape)
    {
        SafetensorsTensor tensor = reader.Find(name)
            ?? throw new SafetensorsException(reader.FileName, name, $"it is missing, and an {Model} network has it");
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw new SafetensorsException(reader.FileName, name,
                $"it has the shape [{string.Join(", ", tensor.Shape)}], and must have [{string.Join(", ", shape)}]");
    }
}
