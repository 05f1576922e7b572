using System.Collections.Immutable;
using System.Globalization;
using Upstride.Learning.Saving;

namespace Upstride.Models.Fsrcnn;

/// <summary>
/// An FSRCNN in a safetensors file: its parameters by their names, and in <c>__metadata__</c> the keys <c>model</c> (<c>fsrcnn</c>),
/// <c>scale</c>,
/// <c>features</c>, <c>shrunk</c> and <c>mappings</c>. All but the scale follow from the shapes too.
/// </summary>
public static class FsrcnnFile
{
    /// <summary>What the metadata's key <c>model</c> says.</summary>
    public const string Model = "fsrcnn";

    private const string ScaleKey = "scale";

    /// <summary>Writes a network, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, FsrcnnNetwork network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        FsrcnnSettings settings = network.Settings;
        KeyValuePair<string, string>[] metadata =
            [new("model", Model), Number(ScaleKey, settings.Scale), Number("features", settings.Features),
            Number("shrunk", settings.Shrunk), Number("mappings", settings.Mappings)];
        network.Save(path, metadata, cancellationToken);

        static KeyValuePair<string, string> Number(string key, int value) => new(key, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a network. Its shapes are checked before anything of their size is allocated.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scale">The scale, for a file without metadata; where both are there, they must agree.</param>
    /// <param name="settings">How much is read.</param>
    /// <exception cref="SafetensorsException">The file is no such file, or holds no FSRCNN; the message names the fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FsrcnnNetwork Read(string path, int? scale = null, SafetensorsReadSettings? settings = null)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path, settings);
        return Read(reader, scale);
    }

    /// <summary>Reads a network.</summary>
    /// <param name="reader">The open file.</param>
    /// <param name="scale">The scale, for a file without metadata; where both are there, they must agree.</param>
    /// <exception cref="SafetensorsException">It holds no FSRCNN; the message names the fault.</exception>
    public static FsrcnnNetwork Read(SafetensorsReader reader, int? scale = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var network = new FsrcnnNetwork(SettingsOf(reader, scale));
        network.Load(reader);
        return network;
    }

    private static FsrcnnSettings SettingsOf(SafetensorsReader reader, int? scale)
    {
        if (reader.Metadata.TryGetValue("model", out string? model) && !string.Equals(model, Model, StringComparison.Ordinal))
            throw new SafetensorsException(reader.FileName, null, $"it holds the model '{model}', and not '{Model}'");
        ImmutableArray<nint> shrink = Find(reader, "shrink.weight").Shape;
        if (shrink is not [>= 1 and <= int.MaxValue, >= 1 and <= int.MaxValue, 1, 1])
            throw new SafetensorsException(reader.FileName, "shrink.weight",
                $"it has the shape [{string.Join(", ", shrink)}], and must have [shrunk, features, 1, 1]");
        int mappings = 0;
        while (reader.Find(string.Create(CultureInfo.InvariantCulture, $"map{mappings}.weight")) is not null) mappings++;
        int? written = ScaleOf(reader);
        if (written is null && scale is null)
            throw new SafetensorsException(reader.FileName, null, $"its metadata do not say '{ScaleKey}': give the scale");
        if (written is { } one && scale is { } other && one != other)
            throw new SafetensorsException(reader.FileName, null, $"it is a network for scale {one}, and not for {other}");
        var settings = new FsrcnnSettings(written ?? scale!.Value, (int)shrink[1], (int)shrink[0], mappings);
        RequireShapes(reader, settings);
        return settings;
    }

    // What a file claims of one tensor decides the size of all: with the others' shapes it is a network no larger than the file.
    private static void RequireShapes(SafetensorsReader reader, FsrcnnSettings settings)
    {
        foreach (FsrcnnLayer layer in settings.Layers)
        foreach ((string name, nint[] shape) in layer.Parameters)
        {
            SafetensorsTensor tensor = Find(reader, $"{layer.Name}.{name}");
            if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                throw new SafetensorsException(reader.FileName, tensor.Name,
                    $"it has the shape [{string.Join(", ", tensor.Shape)}], and {settings.Name} needs [{string.Join(", ", shape)}]");
        }
    }

    private static int? ScaleOf(SafetensorsReader reader)
    {
        if (!reader.Metadata.TryGetValue(ScaleKey, out string? text)) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int scale) && scale >= 2
            ? scale
            : throw new SafetensorsException(reader.FileName, null,
            $"its metadata say '{ScaleKey}' is '{text}', and it must be a number from 2 on");
    }

    private static SafetensorsTensor Find(SafetensorsReader reader, string name) =>
        reader.Find(name) ?? throw new SafetensorsException(reader.FileName, name, "it is missing, and an FSRCNN has it");
}
