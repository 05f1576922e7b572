namespace Upstride.Imaging;

/// <summary>Turns a picture upright by EXIF's orientation (EXIF 2.32, 4.6.4): where the first row and the first column of the stored
/// picture are seen.</summary>
internal static class PictureOrientation
{
    /// <summary>Whether rows become columns.</summary>
    public static bool IsTransposed(int orientation) => orientation >= 5;

    /// <summary>The form of the upright picture.</summary>
    public static PictureFormat Of(PictureFormat stored, int orientation) =>
        IsTransposed(orientation) ? stored with { Width = stored.Height, Height = stored.Width } : stored;

    /// <summary>The upright picture; the stored one itself where it is upright.</summary>
    public static ImageBuffer Apply(ImageBuffer stored, int orientation, CancellationToken cancellationToken)
    {
        if (orientation is < 2 or > 8) return stored;
        var upright = new ImageBuffer(Of(stored.Format, orientation));

        // 2 and 3, 6 and 7 are seen with the stored columns (of a transposed picture: rows) reversed; 3 and 4, 7 and 8 with the other axis
        // reversed.
        bool transposed = IsTransposed(orientation), mirrorX = orientation is 2 or 3 or 6 or 7, mirrorY = orientation is 3 or 4 or 7 or 8;
        int pixel = stored.Format.PixelBytes, stride = stored.RowBytes, width = upright.Width, height = upright.Height;
        int stepX = transposed ? stride : pixel, stepY = transposed ? pixel : stride;
        ReadOnlySpan<byte> source = stored.Bytes;
        for (int y = 0; y < height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> row = upright.Row(y);
            int from = (mirrorY ? height - 1 - y : y) * stepY + (mirrorX ? (width - 1) * stepX : 0);
            int step = mirrorX ? -stepX : stepX;
            for (int x = 0; x < width; x++, from += step) source.Slice(from, pixel).CopyTo(row[(x * pixel)..]);
        }
        return upright;
    }
}
