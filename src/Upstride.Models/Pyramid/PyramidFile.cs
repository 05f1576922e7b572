using Upstride.Learning.Saving;
using Upstride.Models.Residual;

namespace Upstride.Models.Pyramid;

/// <summary>
/// Laplacian pyramid networks as .safetensors files, for use: each convolution as the sum that it is. A network has the tensors
/// <c>feature.weight</c>, <c>feature.slope</c>, <c>block0.weight</c>, <c>block0.slope</c> and so on, [output channels, input channels,
/// kernel, kernel] and [channels], <c>upsample.weight</c>, [channels, channels, 4, 4], and <c>residual.weight</c>, [channels, 1, 4, 4]. In
/// <c>__metadata__</c> are the keys <c>model</c> (<c>upstride-pyramid</c>), <c>levels</c>, <c>features</c>, <c>blocks</c> and
/// <c>recursions</c>.
/// </summary>
public static class PyramidFile
{
    /// <summary>What the metadata's key <c>model</c> says.</summary>
    public const string Model = "upstride-pyramid";

    private const string UpsampleWeight = "upsample.weight", ResidualWeight = "residual.weight";
    private const int Kernel = PyramidSettings.UpsamplingKernel;

    /// <summary>Writes a network, with all its levels, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, PyramidNetwork network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        PyramidSettings settings = network.Settings;
        SafetensorsWriter writer = CollapsedFile.Begin(
            Model,
            [
                ("levels", settings.Levels), ("features", settings.Features), ("blocks", settings.Blocks),
                ("recursions", settings.Recursions),
            ],
            network.Convolutions.Select(static (layer, index) => (ResidualSettings.NameOf(index), layer)));
        writer.Add<float>(UpsampleWeight, network.Upsampling.Shape.AsSpan(), network.Upsampling.Values.ToArray());
        writer.Add<float>(ResidualWeight, network.Residual.Shape.AsSpan(), network.Residual.Values.ToArray());
        writer.Write(path, cancellationToken);
    }

    /// <summary>Reads a network, for its largest scale. Its shapes are checked before anything of their size is allocated.</summary>
    /// <param name="reader">The open file.</param>
    /// <exception cref="SafetensorsException">It holds no such network; the message names the fault.</exception>
    public static PyramidNetwork Read(SafetensorsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var file = new CollapsedFile(reader, Model);
        PyramidSettings settings = file.Settings(static number => new PyramidSettings(
            number("levels"), number("features"), number("blocks"), number("recursions")));
        ResidualSettings convolutions = settings.Convolutions;
        for (int i = 0; i <= settings.Blocks; i++) file.RequireConvolution(ResidualSettings.NameOf(i), convolutions.WeightShape(i));
        file.Require(UpsampleWeight, [settings.Features, settings.Features, Kernel, Kernel]);
        file.Require(ResidualWeight, [settings.Features, 1, Kernel, Kernel]);
        var network = new PyramidNetwork(settings);
        for (int i = 0; i <= settings.Blocks; i++) file.Read(ResidualSettings.NameOf(i), network.Convolutions[i]);
        reader.Read(UpsampleWeight, network.Upsampling.Values);
        reader.Read(ResidualWeight, network.Residual.Values);
        return network;
    }
}
