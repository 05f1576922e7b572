using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Upstride.Learning.Saving;

namespace Upstride.Models.Fsrcnn;

/// <summary>The trained weights that the library brings along; docs/models.md says how they were made.</summary>
public static class FsrcnnWeights
{
    private const string Prefix = "Upstride.Models.Weights.fsrcnn-x", Suffix = ".safetensors";

    /// <summary>The scales for which there are weights, rising.</summary>
    public static ImmutableArray<int> Scales { get; } =
    [
        .. Library.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(static name => int.Parse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None,
            CultureInfo.InvariantCulture))
            .Order(),
    ];

    private static Assembly Library => typeof(FsrcnnWeights).Assembly;

    /// <summary>The network of a scale, as new; null where there are no weights for it.</summary>
    /// <param name="scale">How much larger the output is.</param>
    public static FsrcnnNetwork? Find(int scale)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{scale}{Suffix}");
        using Stream? stream = Library.GetManifestResourceStream(name);
        if (stream is null) return null;
        using var reader = new SafetensorsReader(stream, name);
        return FsrcnnFile.Read(reader, scale);
    }
}
