using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>A picture in memory through any way to make one of another size.</summary>
internal static class ImageBufferUpscaling
{
    /// <summary>A picture with the channels, the sample type and the metadata of <paramref name="image"/>.</summary>
    public static ImageBuffer UpscaleBuffer(this IPictureUpscaler upscaler, ImageBuffer image, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        var larger = new ImageBuffer(upscaler.FormatOf(image.Format));
        int read = 0, written = 0;
        upscaler.Upscale(image.Format, destination => image.Row(read++).CopyTo(destination), row =>
            row.CopyTo(larger.Row(written++)), progress, cancellationToken);
        return larger.With(image.Metadata);
    }
}
