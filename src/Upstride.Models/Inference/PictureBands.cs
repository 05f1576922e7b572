using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>Bands of a picture's rows, made apart from each other and to the bits of the whole.</summary>
public static class PictureBands
{
    /// <summary>Makes the part of the result that belongs to a band of rows.</summary>
    /// <param name="upscaler">One whose <see cref="IPictureUpscaler.RowReachOf"/> is not null for this picture.</param>
    /// <param name="format">The whole picture's form.</param>
    /// <param name="first">The band's first row, counted from 0.</param>
    /// <param name="count">How many rows it has, at least 1.</param>
    /// <param name="source">Called for each row of the picture, from its first to the last that the band depends on.</param>
    /// <param name="target">Called for each of the scale * count rows.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked between parts of the work.</param>
    /// <exception cref="ArgumentOutOfRangeException">The band is not within the picture.</exception>
    /// <exception cref="ArgumentException">This picture can only be made whole.</exception>
    public static void UpscaleBand(this IPictureUpscaler upscaler, PictureFormat format, int first, int count, RowSource source,
        RowTarget target, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, format.Height - first);
        int reach = upscaler.RowReachOf(format) ?? throw new ArgumentException(
            $"this method makes a picture of {format} whole and not in bands of rows", nameof(upscaler));
        int scale = upscaler.FormatOf(format).Height / format.Height;
        int top = Math.Max(0, first - reach), end = Math.Min(first + count + reach, format.Height);
        byte[] above = new byte[format.RowBytes];
        for (int row = 0; row < top; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            source(above);
        }
        int made = scale * top;
        upscaler.Upscale(
            format with { Height = end - top }, source,
            row =>
            {
                if (made >= scale * first && made < scale * (first + count)) target(row);
                made++;
            },
            progress, cancellationToken);
    }
}
