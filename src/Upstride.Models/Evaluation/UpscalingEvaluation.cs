using Upstride.Models.Data;

namespace Upstride.Models.Evaluation;

/// <summary>How near an upscaled picture comes to the original.</summary>
/// <param name="Psnr">Peak signal-to-noise ratio in dB without a border of as many pixels as the scale; infinite for equal pictures.</param>
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
/// <remarks>Source: the evaluation of Dong et al., "Accelerating the Super-Resolution Convolutional Neural Network", 2016. The small picture is
/// not rounded to 8 bits: so the published structural similarity of bicubic on Set5 (0.9299, 0.8682, 0.8104) comes out to its last digit, which
/// with rounding is missed by 0.0004.</remarks>
public static class UpscalingEvaluation
{
    /// <summary>Judges a method by one picture's luma.</summary>
    /// <param name="upscaler">The method.</param>
    /// <param name="original">The luma; it need not be a multiple of the scale.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentException">The picture is too small for the scale and the window of the structural similarity.</exception>
    public static Quality Judge(ILumaUpscaler upscaler, LumaPlane original, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        ArgumentNullException.ThrowIfNull(original);
        int scale = upscaler.Scale;
        int least = 2 * scale + Ssim.Window;
        if (Math.Min(original.Width, original.Height) < least)
            throw new ArgumentException($"width and height must be at least 2 * scale + {Ssim.Window} = {least} to be judged: {original.Width} x {original.Height}", nameof(original));
        (LumaPlane small, LumaPlane large) = LumaPair.Create(original, scale);
        LumaPlane result = upscaler.Upscale(small, cancellationToken).Rounded();
        return new(
            Imaging.Psnr.Plane(result.Levels, large.Levels, large.Width, large.Height, scale, LumaPlane.Peak),
            Imaging.Psnr.Plane(result.Levels, large.Levels, large.Width, large.Height, 0, LumaPlane.Peak),
            Ssim.Mean(result.CropBorder(scale), large.CropBorder(scale)));
    }

    /// <summary>Judges a method by every picture.</summary>
    /// <param name="upscaler">The method.</param>
    /// <param name="files">Picture files.</param>
    /// <param name="progress">Told the fraction done after each picture.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">A picture is too small; the message names it.</exception>
    public static ImageQuality[] Judge(ILumaUpscaler upscaler, IReadOnlyList<string> files, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var qualities = new ImageQuality[files.Count];
        for (int i = 0; i < qualities.Length; i++)
        {
            LumaPlane original = ImageFolder.Luma(files[i], cancellationToken);
            try
            {
                qualities[i] = new(Path.GetFileName(files[i]), Judge(upscaler, original, cancellationToken));
            }
            catch (ArgumentException fault) when (fault.ParamName is nameof(original))
            {
                throw new InvalidDataException($"{files[i]}: {fault.Message}", fault);
            }
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
