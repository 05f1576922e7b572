using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Upstride.Learning;
using Upstride.Learning.Saving;
using Upstride.Models.Fsrcnn;

namespace Upstride.Models.Inference;

/// <summary>FSRCNNs to be used: those that this library holds, those of files, and those that have just been trained.</summary>
public static class FsrcnnWeights
{
    // The scales that are looked for among this library's weights.
    private const int LeastScale = 2, MostScale = 8;

    /// <summary>The scales for which this library holds weights, in ascending order.</summary>
    public static ImmutableArray<int> ShippedScales { get; } =
        [.. Enumerable.Range(LeastScale, MostScale - LeastScale + 1).Where(static scale => Library.GetManifestResourceInfo(ResourceName(scale)) is not null)];

    private static Assembly Library => typeof(FsrcnnWeights).Assembly;

    /// <summary>The network that this library holds for a scale.</summary>
    /// <param name="scale">How much larger the result is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none for this scale.</exception>
    public static PlaneNetwork Shipped(int scale)
    {
        if (Library.GetManifestResourceStream(ResourceName(scale)) is not { } stream)
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"there are weights for {(ShippedScales.IsEmpty ? "no scale" : $"the scales {string.Join(", ", ShippedScales)}")}, and none for {scale}: train some");
        using (stream) return Load(stream, ResourceName(scale), scale);
    }

    /// <summary>The network of a file.</summary>
    /// <param name="path">A file as <see cref="FsrcnnFile"/> writes it.</param>
    /// <param name="scale">How much larger the result is; where null, the file's metadata must say it.</param>
    /// <exception cref="SafetensorsException">It is no such file, its tensors are not those of an FSRCNN, or it is for another scale.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PlaneNetwork Load(string path, int? scale = null) => Of(FsrcnnFile.Read(path, scale));

    /// <summary>The network of a file.</summary>
    /// <param name="stream">Stands at the file's first byte, can seek, and stays open.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="scale">How much larger the result is; where null, the file's metadata must say it.</param>
    /// <exception cref="SafetensorsException">It is no such file, its tensors are not those of an FSRCNN, or it is for another scale.</exception>
    public static PlaneNetwork Load(Stream stream, string name, int? scale = null)
    {
        using var reader = new SafetensorsReader(stream, name);
        return Of(FsrcnnFile.Read(reader, scale));
    }

    /// <summary>A network with the values that another one has now.</summary>
    /// <param name="network">The network, in training or not.</param>
    public static PlaneNetwork Of(FsrcnnNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Dictionary<string, Parameter<float>> parameters = network.NamedParameters().ToDictionary(static pair => pair.Item1, static pair => pair.Item2, StringComparer.Ordinal);
        return new(network.Settings.Layers.Select(layer =>
        {
            ReadOnlySpan<float> weight = parameters[layer.Name + ".weight"].Values, bias = parameters[layer.Name + ".bias"].Values;
            return layer.IsUpsampling
                ? PlaneLayer.Upsampling(layer.InputChannels, layer.OutputChannels, layer.Kernel, network.Settings.Scale, layer.Padding, weight, bias)
                : PlaneLayer.Convolution(layer.InputChannels, layer.OutputChannels, layer.Kernel, weight, bias, parameters[layer.Name + ".slope"].Values);
        }));
    }

    private static string ResourceName(int scale) => string.Create(CultureInfo.InvariantCulture, $"fsrcnn-x{scale}.safetensors");
}
