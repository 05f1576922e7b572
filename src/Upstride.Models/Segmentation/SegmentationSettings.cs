using System.Collections.Immutable;
using System.Globalization;

namespace Upstride.Models.Segmentation;

/// <summary>What a segmentation network is.</summary>
/// <param name="Architecture">The structure.</param>
/// <param name="Classes">The classes' names, in the order of the labels' values.</param>
/// <param name="Width">What all hidden channels of the published structure are multiplied by.</param>
/// <param name="Upsampling">How the decoder enlarges.</param>
public sealed record SegmentationSettings(
    SegmentationArchitecture Architecture, ImmutableArray<string> Classes, double Width = 1,
    DecoderUpsampling Upsampling = DecoderUpsampling.Published)
{
    private const int MostClasses = 255;

    /// <summary>What height and width of the network's input must be multiples of.</summary>
    public int Stride => Architecture == SegmentationArchitecture.UNet ? 16 : 32;

    /// <summary>Channels, in this width.</summary>
    /// <param name="published">In the published structure.</param>
    public int Channels(int published) => Math.Max(1, (int)Math.Round(published * Width));

    /// <summary>Refuses what no such network has.</summary>
    /// <exception cref="ArgumentException">The message names the setting.</exception>
    public SegmentationSettings Checked()
    {
        if (!Enum.IsDefined(Architecture))
            throw new ArgumentOutOfRangeException(nameof(Architecture), Architecture,
                $"architecture = {Architecture}, and must be one of {string.Join(", ", Enum.GetNames<SegmentationArchitecture>())}");
        if (!Enum.IsDefined(Upsampling))
            throw new ArgumentOutOfRangeException(nameof(Upsampling), Upsampling,
                $"upsampling = {Upsampling}, and must be one of {string.Join(", ", Enum.GetNames<DecoderUpsampling>())}");
        if (Classes.IsDefault || Classes.Length is < 2 or > MostClasses)
            throw new ArgumentException(
                $"there are {(Classes.IsDefault ? 0 : Classes.Length)} classes, and must be 2 .. {MostClasses}", nameof(Classes));
        if (Width is not (>= 1.0 / 64 and <= 4))
            throw new ArgumentOutOfRangeException(nameof(Width), Width, $"width = {Width}, and must be 1/64 .. 4");
        return this;
    }

    /// <inheritdoc/>
    public bool Equals(SegmentationSettings? other) =>
        other is not null && Architecture == other.Architecture && Upsampling == other.Upsampling && Width.Equals(other.Width)
        && Classes.AsSpan().SequenceEqual(other.Classes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Architecture, Classes.Length, Width, Upsampling);

    /// <summary>In words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name} of width {Width:0.####}, {Classes.Length} classes{(Upsampling == DecoderUpsampling.Bilinear ? ", bilinear" : "")}");

    private string Name => Architecture switch
    {
        SegmentationArchitecture.Fcn32s => "FCN-32s",
        SegmentationArchitecture.Fcn16s => "FCN-16s",
        SegmentationArchitecture.Fcn8s => "FCN-8s",
        SegmentationArchitecture.UNet => "U-Net",
        _ => Architecture.ToString(),
    };
}
