using Upstride.Geometry;
using Upstride.Imaging;

namespace Upstride.Samples.Pictures;

/// <summary>Small RGB pictures that are stored side by side.</summary>
internal static class Panels
{
    private const int Gap = 8;
    private const int CellPixels = 16;

    /// <summary>
    /// Every pixel as a square of <paramref name="zoom"/> x <paramref name="zoom"/>, so that a page does not blur what is compared.
    /// </summary>
    public static ImageBuffer Enlarge(ImageBuffer image, int zoom)
    {
        var larger = new ImageBuffer(image.Width * zoom, image.Height * zoom, image.Channels);
        for (int y = 0; y < larger.Height; y++)
            for (int x = 0; x < larger.Width; x++)
                image.Row(y / zoom).Slice(x / zoom * image.Channels, image.Channels).CopyTo(larger.Row(y)[(x * image.Channels)..]);
        return larger;
    }

    /// <summary>Pictures of one height from left to right, with a white gap between them.</summary>
    public static ImageBuffer SideBySide(IReadOnlyList<ImageBuffer> images)
    {
        ImageBuffer first = images[0];
        var row = new ImageBuffer(images.Sum(static image => image.Width + Gap) - Gap, first.Height, first.Channels);
        row.Bytes.Fill(255);
        for (int y = 0; y < row.Height; y++)
        {
            int x = 0;
            foreach (ImageBuffer image in images)
            {
                image.Row(y).CopyTo(row.Row(y)[(x * row.Channels)..]);
                x += image.Width + Gap;
            }
        }
        return row;
    }

    /// <summary>How many products land on each output: the more, the darker the blue.</summary>
    public static ImageBuffer Overlap(ConvTransposeGeometry geometry)
    {
        var map = OverlapMap.Of(geometry);
        int[] counts = map.ToArray();
        int height = geometry.Axes[0].Output, width = geometry.Axes[1].Output;
        var cells = new ImageBuffer(width, height, 3);
        for (int i = 0; i < counts.Length; i++)
        {
            double share = (double)counts[i] / map.Max;
            (byte red, byte green, byte blue) = ((byte)(240 - 210 * share), (byte)(246 - 150 * share), (byte)(250 - 80 * share));
            cells.Bytes[3 * i] = red;
            cells.Bytes[3 * i + 1] = green;
            cells.Bytes[3 * i + 2] = blue;
        }
        return Enlarge(cells, CellPixels);
    }
}
