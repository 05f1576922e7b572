using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Upstride.Learning.Saving;
using Upstride.Models.Fsrcnn;

namespace Upstride.Models.Inference;

/// <summary>Networks from files of weights: safetensors with the names of <see cref="FsrcnnSettings.Layers"/>, whose sizes follow from the shapes.</summary>
public static class FsrcnnWeights
{
    /// <summary>The text of a file's metadata that holds the scale, which no shape tells.</summary>
    public const string ScaleKey = "scale";

    /// <summary>The scales for which this library holds weights, in ascending order.</summary>
    public static ImmutableArray<int> ShippedScales { get; } = [.. Enumerable.Range(2, 7).Where(static scale => Library.GetManifestResourceInfo(ResourceName(scale)) is not null)];

    private static Assembly Library => typeof(FsrcnnWeights).Assembly;

    /// <summary>The network that this library holds for a scale.</summary>
    /// <param name="scale">How much larger the result is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none for this scale.</exception>
    public static PlaneNetwork Shipped(int scale)
    {
        if (Library.GetManifestResourceStream(ResourceName(scale)) is not { } stream)
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"there are weights for the scales {string.Join(", ", ShippedScales)}, and none for {scale}: train some");
        using (stream) return Load(stream, ResourceName(scale), scale);
    }

    /// <summary>The network of a file.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="scale">How much larger the result is; where null, the file's metadata must say it.</param>
    /// <exception cref="SafetensorsException">It is no such file, its tensors are not those of an FSRCNN, or it is for another scale.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PlaneNetwork Load(string path, int? scale = null)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        return Load(reader, scale);
    }

    /// <summary>The network of a file.</summary>
    /// <param name="stream">Stands at the file's first byte, can seek, and stays open.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="scale">How much larger the result is; where null, the file's metadata must say it.</param>
    /// <exception cref="SafetensorsException">It is no such file, its tensors are not those of an FSRCNN, or it is for another scale.</exception>
    public static PlaneNetwork Load(Stream stream, string name, int? scale = null)
    {
        using var reader = new SafetensorsReader(stream, name);
        return Load(reader, scale);
    }

    private static PlaneNetwork Load(SafetensorsReader reader, int? scale)
    {
        FsrcnnSettings settings = SettingsOf(reader, ScaleOf(reader, scale));
        return new(settings.Layers.Select(layer =>
        {
            float[] weight = Read(layer.Weight, layer.WeightShape), bias = Read(layer.Bias, layer.OutputChannels);
            return layer.IsUpsampling
                ? PlaneLayer.Upsampling(layer.InputChannels, layer.OutputChannels, layer.Kernel, settings.Scale, layer.Padding, weight, bias)
                : PlaneLayer.Convolution(layer.InputChannels, layer.OutputChannels, layer.Kernel, weight, bias, Read(layer.Slope!, layer.OutputChannels));
        }));

        float[] Read(string name, params nint[] shape)
        {
            if (reader.Find(name) is { } tensor && !tensor.Shape.SequenceEqual(shape))
                throw new SafetensorsException(reader.FileName, name, $"{settings.Name} has the shape [{string.Join(", ", shape)}] here, and the file [{string.Join(", ", tensor.Shape)}]");
            return reader.Read<float>(name);
        }
    }

    private static int ScaleOf(SafetensorsReader reader, int? wanted)
    {
        if (!reader.Metadata.TryGetValue(ScaleKey, out string? text))
            return wanted ?? throw new SafetensorsException(reader.FileName, null, $"its metadata has no '{ScaleKey}': say the scale that it was trained for");
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int scale) || scale < 2)
            throw new SafetensorsException(reader.FileName, null, $"its metadata's {ScaleKey} = '{text}' must be a whole number, at least 2");
        return wanted is null || wanted == scale
            ? scale
            : throw new SafetensorsException(reader.FileName, null, $"it was trained for scale {scale}, and scale {wanted} is asked for");
    }

    private static FsrcnnSettings SettingsOf(SafetensorsReader reader, int scale)
    {
        SafetensorsTensor shrink = reader.Find("shrink.weight") is { Shape.Length: 4 } found
            ? found
            : throw new SafetensorsException(reader.FileName, "shrink.weight", "an FSRCNN has such a tensor, [s, d, 1, 1], and this file has none");
        int mappings = 0;
        while (reader.Find(string.Create(CultureInfo.InvariantCulture, $"map.{mappings}.weight")) is not null) mappings++;
        return new(scale, (int)shrink.Shape[1], (int)shrink.Shape[0], mappings);
    }

    private static string ResourceName(int scale) => string.Create(CultureInfo.InvariantCulture, $"fsrcnn-x{scale}.safetensors");
}
