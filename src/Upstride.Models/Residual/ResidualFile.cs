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
        SafetensorsWriter writer = CollapsedFile.Begin(
            Model, [("scale", settings.Scale), ("features", settings.Features), ("blocks", settings.Blocks)],
            network.Convolutions.Select(static (layer, index) => (ResidualSettings.NameOf(index), layer)));
        writer.Add<float>(UpsampleWeight, network.Upsampling.Shape.AsSpan(), network.Upsampling.Values.ToArray());
        writer.Write(path, cancellationToken);
    }

    /// <summary>Reads a network. Its shapes are checked before anything of their size is allocated.</summary>
    /// <param name="reader">The open file.</param>
    /// <exception cref="SafetensorsException">It holds no such network; the message names the fault.</exception>
    public static ResidualNetwork Read(SafetensorsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var file = new CollapsedFile(reader, Model);
        ResidualSettings settings = file.Settings(static number => new ResidualSettings(
            number("scale"), number("features"), number("blocks")));
        for (int i = 0; i <= settings.Blocks; i++) file.RequireConvolution(ResidualSettings.NameOf(i), settings.WeightShape(i));
        file.Require(UpsampleWeight, [settings.Features, 1, settings.UpsamplingKernel, settings.UpsamplingKernel]);
        var network = new ResidualNetwork(settings);
        for (int i = 0; i <= settings.Blocks; i++) file.Read(ResidualSettings.NameOf(i), network.Convolutions[i]);
        reader.Read(UpsampleWeight, network.Upsampling.Values);
        return network;
    }
}
