using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Upstride.Learning.Saving;

namespace Upstride.Models.Upscaling;

/// <summary>The trained weights that the library brings along; docs/models.md says how they were made.</summary>
public static class UpscalingWeights
{
    private const string Prefix = "Upstride.Models.Weights.", Suffix = ".safetensors", Compressed = "-jpeg";

    // By quality, the best last.
    private static readonly string[] _families = ["fsrcnn", "balanced", "best"];

    private static readonly ImmutableHashSet<string> _names = [.. Library.GetManifestResourceNames()];

    /// <summary>All that there are, as they are asked for by <see cref="Find"/>: by quality and scale, those for compressed pictures after
    /// those for others.</summary>
    internal static IEnumerable<(UpscalingQuality Quality, int Scale, bool IsCompressed)> All =>
        from family in Enumerable.Range(0, _families.Length)
        from scale in Scales
        from kind in (string[])["", Compressed]
        where _names.Contains(NameOf(_families[family] + kind, scale))
        select ((UpscalingQuality)family, scale, kind.Length > 0);

    /// <summary>The scales for which there are weights, rising.</summary>
    public static ImmutableArray<int> Scales { get; } =
        [.. _names.Select(static name => ScaleOf(name)).OfType<int>().Distinct().Order()];

    private static Assembly Library => typeof(UpscalingWeights).Assembly;

    /// <summary>
    /// A scale's network, as new: the best up to a quality. For pictures that were compressed one that is trained for such, where there is
    /// one, goes before all that are not. Null where there are no weights for the scale.
    /// </summary>
    /// <param name="quality">The quality.</param>
    /// <param name="scale">How much larger the output is.</param>
    /// <param name="isCompressed">Whether pictures are from JPEG files.</param>
    public static UpscalingNetwork? Find(UpscalingQuality quality, int scale, bool isCompressed = false)
    {
        string[] kinds = isCompressed ? [Compressed, ""] : [""];
        foreach (string kind in kinds)
            for (int family = Math.Min((int)quality, _families.Length - 1); family >= 0; family--)
                if (Read(NameOf(_families[family] + kind, scale), scale) is { } network) return network;
        return null;
    }

    /// <summary>Whether there are weights for pictures from JPEG files.</summary>
    /// <param name="scale">How much larger the output is.</param>
    public static bool HasCompressed(int scale) =>
        Array.Exists(_families, family => _names.Contains(NameOf(family + Compressed, scale)));

    /// <summary>Whether there are weights of just this quality, and not of a lower one alone.</summary>
    /// <param name="quality">The quality.</param>
    /// <param name="scale">How much larger the output is.</param>
    public static bool Has(UpscalingQuality quality, int scale) =>
        (uint)quality < (uint)_families.Length && _names.Contains(NameOf(_families[(int)quality], scale));

    private static UpscalingNetwork? Read(string name, int scale)
    {
        using Stream? stream = _names.Contains(name) ? Library.GetManifestResourceStream(name) : null;
        if (stream is null) return null;
        using var reader = new SafetensorsReader(stream, name);
        return UpscalingNetworkFile.Read(reader, scale);
    }

    private static string NameOf(string family, int scale) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{family}-x{scale}{Suffix}");

    private static int? ScaleOf(string name)
    {
        int start = name.LastIndexOf("-x", StringComparison.Ordinal) + 2;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal) && start >= 2
            && int.TryParse(name.AsSpan(start, name.Length - Suffix.Length - start), NumberStyles.None, CultureInfo.InvariantCulture,
                out int scale) ? scale : null;
    }
}
