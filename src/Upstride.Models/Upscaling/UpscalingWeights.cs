using System.Collections.Immutable;
using System.Reflection;
using Upstride.Learning.Saving;

namespace Upstride.Models.Upscaling;

/// <summary>The trained weights that the library brings along, by what is asked of them; <see cref="ShippedNetwork.All"/> lists
/// them.</summary>
public static class UpscalingWeights
{
    private const string Prefix = "Upstride.Models.Weights.", Suffix = ".safetensors";

    // Those that are in this build: it may have been made without some.
    private static readonly ImmutableArray<ShippedNetwork> _shipped =
        [.. ShippedNetwork.All.Where(static one => Library.GetManifestResourceInfo(NameOf(one)) is not null)];

    /// <summary>The scales for which there are weights, rising.</summary>
    public static ImmutableArray<int> Scales { get; } = [.. _shipped.Select(static one => one.Scale).Distinct().Order()];

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
        ShippedNetwork? found = _shipped
            .Where(one => one.Scale == scale && one.Quality <= quality && (isCompressed || !one.IsCompressed))
            .OrderBy(static one => one.IsCompressed).ThenBy(static one => one.Quality).LastOrDefault();
        return found is null ? null : Read(found);
    }

    /// <summary>Whether there are weights for pictures from JPEG files.</summary>
    /// <param name="scale">How much larger the output is.</param>
    public static bool HasCompressed(int scale) => _shipped.Any(one => one.Scale == scale && one.IsCompressed);

    /// <summary>Whether there are weights of just this quality, and not of a lower one alone.</summary>
    /// <param name="quality">The quality.</param>
    /// <param name="scale">How much larger the output is.</param>
    public static bool Has(UpscalingQuality quality, int scale) =>
        _shipped.Any(one => one.Quality == quality && one.Scale == scale && !one.IsCompressed);

    /// <summary>The scales for which there are weights up to a quality, rising.</summary>
    /// <param name="quality">The quality.</param>
    public static ImmutableArray<int> ScalesOf(UpscalingQuality quality) =>
        [.. _shipped.Where(one => one.Quality <= quality).Select(static one => one.Scale).Distinct().Order()];

    /// <summary>What is in this build, with its networks.</summary>
    internal static IEnumerable<(ShippedNetwork Shipped, UpscalingNetwork Network)> All =>
        _shipped.Select(static one => (one, Read(one)));

    private static UpscalingNetwork Read(ShippedNetwork shipped)
    {
        using Stream stream = Library.GetManifestResourceStream(NameOf(shipped))!;
        using var reader = new SafetensorsReader(stream, NameOf(shipped));
        return UpscalingNetworkFile.Read(reader, shipped.Scale);
    }

    private static string NameOf(ShippedNetwork shipped) => Prefix + shipped.File + Suffix;
}
