using Upstride.Models.Data;

namespace Upstride.Models.Evaluation;

/// <summary>How near an upscaled picture comes to the original.</summary>
/// <param name="Psnr">Peak signal-to-noise ratio in dB without a border of as many pixels as the scale; infinite for equal
/// pictures.</param>
/// <param name="PsnrUncropped">The same over the whole picture.</param>
/// <param name="Ssim">Structural similarity, without the border.</param>
public readonly record struct Quality(double Psnr, double PsnrUncropped, double Ssim);

/// <summary>The quality of one picture.</summary>
/// <param name="File">The picture's file name, without its folder.</param>
/// <param name="Quality">How near the upscaled picture came to it.</param>
public sealed record ImageQuality(string File, Quality Quality);

/// <summary>
/// Judges a method by the rules of the super-resolution papers: the luma of each picture is cropped to a multiple of the scale, made small
/// by MATLAB's bicubic imresize, enlarged by the method, rounded to 8 bits, and compared with the original.
/// </summary>
/// <remarks>Source: the evaluation of Dong et al., "Accelerating the Super-Resolution Convolutional Neural Network", 2016. The small
/// picture is not rounded to 8 bits: so the published structural similarity of bicubic on Set5 (0.9299, 0.8682, 0.8104) comes out to its
/// last digit, which with rounding is missed by 0.0004.</remarks>
public static class UpscalingEvaluation
{
    /// <summary>Judges a method by one picture's luma.</summary>
    /// <param name="upscaler">The method.</param>
    /// <param name="original">The luma; it need not be a multiple of the scale.</param>
    /// <param name="jpegQuality">The quality of the JPEG file that the small picture is made on the way; null for none.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentException">The picture is too small for the scale and the window of the structural similarity.</exception>
    public static Quality Judge(ILumaUpscaler upscaler, LumaPlane original, int? jpegQuality = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        ArgumentNullException.ThrowIfNull(original);
        int scale = upscaler.Scale;
        if (Refusal(original, scale) is { } refusal) throw new ArgumentException(refusal, nameof(original));
        (LumaPlane small, LumaPlane large) = LumaPair.Create(original, scale);
        if (jpegQuality is { } quality) small = Degradation.Compress(small, quality);
        LumaPlane result = upscaler.Upscale(small, cancellationToken).Rounded();
        return new(
            Imaging.Psnr.Plane(result.Levels, large.Levels, large.Width, large.Height, scale, LumaPlane.Peak),
            Imaging.Psnr.Plane(result.Levels, large.Levels, large.Width, large.Height, 0, LumaPlane.Peak),
            Similarity(result.CropBorder(scale), large.CropBorder(scale)));
    }

    private static double Similarity(LumaPlane plane, LumaPlane reference) =>
        Imaging.Ssim.Plane(plane.Levels, reference.Levels, plane.Width, plane.Height, LumaPlane.Peak);

    /// <summary>Why a picture cannot be judged, null where it can: of its crop to a multiple of the scale, the structural similarity's
    /// window must fit within the border.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="scale">The border's width.</param>
    internal static string? Refusal(LumaPlane picture, int scale)
    {
        long least = scale * (2L + (Imaging.Ssim.Window + scale - 1L) / scale);
        return Math.Min(picture.Width, picture.Height) >= least
            ? null
            : $"to be judged, width and height must be at least scale * (2 + ceil({Imaging.Ssim.Window} / scale)) = {least} at scale "
                + $"{scale}: {picture.Width} x {picture.Height}";
    }

    /// <summary>Judges a method by every picture.</summary>
    /// <param name="upscaler">The method.</param>
    /// <param name="files">Picture files.</param>
    /// <param name="jpegQuality">The quality of the JPEG file that each small picture is made on the way; null for none.</param>
    /// <param name="progress">Told the fraction done after each picture.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">A picture is too small; the message names it.</exception>
    public static ImageQuality[] Judge(ILumaUpscaler upscaler, IReadOnlyList<string> files, int? jpegQuality = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        ArgumentNullException.ThrowIfNull(files);
        var qualities = new ImageQuality[files.Count];
        for (int i = 0; i < qualities.Length; i++)
        {
            LumaPlane original = ImageFolder.Luma(files[i], cancellationToken);
            if (Refusal(original, upscaler.Scale) is { } refusal) throw new InvalidDataException($"{files[i]}: {refusal}");
            qualities[i] = new(Path.GetFileName(files[i]), Judge(upscaler, original, jpegQuality, cancellationToken));
            progress?.Report((i + 1.0) / qualities.Length);
        }
        return qualities;
    }

    /// <summary>The mean over pictures, each counting alike.</summary>
    /// <param name="qualities">At least one.</param>
    public static Quality Mean(IReadOnlyList<ImageQuality> qualities)
    {
        ArgumentNullException.ThrowIfNull(qualities);
        ArgumentOutOfRangeException.ThrowIfZero(qualities.Count);
        return new(
            qualities.Average(static one => one.Quality.Psnr),
            qualities.Average(static one => one.Quality.PsnrUncropped),
            qualities.Average(static one => one.Quality.Ssim));
    }
}
