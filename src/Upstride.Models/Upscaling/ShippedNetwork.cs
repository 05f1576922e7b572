using System.Collections.Immutable;

namespace Upstride.Models.Upscaling;

/// <summary>A file of trained weights that the library brings along, at one of its scales; docs/models.md says how it was made.</summary>
/// <param name="File">Its name in the folder Weights, without .safetensors.</param>
/// <param name="Quality">The quality that it is taken for.</param>
/// <param name="Scale">How much larger it makes pictures.</param>
/// <param name="Psnr">Over Set5 as the papers measure it, in dB; of networks for compressed pictures from JPEG files of quality 75, of the
/// best without the mean of eight results.</param>
/// <param name="PsnrOfBicubic">The same of bicubic interpolation.</param>
/// <param name="IsCompressed">Whether it is for pictures that were JPEG files.</param>
public sealed record ShippedNetwork(
    string File, UpscalingQuality Quality, int Scale, double Psnr, double PsnrOfBicubic, bool IsCompressed = false)
{
    /// <summary>All that there are, by quality and scale. A file of weights is brought along by being in the folder Weights and
    /// here.</summary>
    public static ImmutableArray<ShippedNetwork> All { get; } =
    [
        new("fsrcnn-x2", UpscalingQuality.Fast, 2, 37.18, 33.66),
        new("fsrcnn-x3", UpscalingQuality.Fast, 3, 33.18, 30.39),
        new("fsrcnn-x4", UpscalingQuality.Fast, 4, 30.89, 28.42),
        new("balanced-x2", UpscalingQuality.Balanced, 2, 37.39, 33.66),
        new("balanced-x3", UpscalingQuality.Balanced, 3, 33.46, 30.39),
        new("balanced-x4", UpscalingQuality.Balanced, 4, 31.19, 28.42),
        new("balanced-jpeg-x2", UpscalingQuality.Balanced, 2, 33.20, 31.64, IsCompressed: true),
        new("balanced-jpeg-x3", UpscalingQuality.Balanced, 3, 30.33, 28.97, IsCompressed: true),
        new("balanced-jpeg-x4", UpscalingQuality.Balanced, 4, 28.43, 27.28, IsCompressed: true),
        new("pyramid-x8", UpscalingQuality.Balanced, 8, 25.93, 24.39),
        new("best-x2", UpscalingQuality.Best, 2, 37.47, 33.66),
        new("best-x3", UpscalingQuality.Best, 3, 33.62, 30.39),
        new("best-x4", UpscalingQuality.Best, 4, 31.34, 28.42),
    ];

    /// <summary>The pictures that it was trained on.</summary>
    public string TrainedOn => Quality == UpscalingQuality.Fast
        ? "91 pictures of Yang et al." : "91 pictures of Yang et al., 400 of BSDS500";
}
