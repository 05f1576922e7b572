using Upstride.Imaging;

namespace Upstride.Models.Generation;

/// <summary>Many small pictures side by side in one.</summary>
public static class PictureGrid
{
    private const int Gap = 2;

    /// <summary>Rows of pictures, with black lines between them.</summary>
    /// <param name="pictures">[rows * columns, channels, size, size], in -1 to 1; row by row.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="size">Rows and columns of each picture.</param>
    /// <param name="rows">Rows of pictures.</param>
    /// <param name="columns">Pictures of a row.</param>
    public static ImageBuffer Create(ReadOnlySpan<float> pictures, int channels, int size, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels,
                $"channels = {channels}, and must be 1 for grey or 3 for colours");
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        int plane = size * size;
        if (pictures.Length != checked(rows * columns * channels * plane))
            throw new ArgumentException(
                $"pictures holds {pictures.Length} numbers, and must hold {rows * columns * channels * plane} for {rows}x{columns} "
                    + $"pictures "
                + $"of {channels}x{size}x{size}", nameof(pictures));
        var grid = new ImageBuffer(columns * (size + Gap) - Gap, rows * (size + Gap) - Gap, channels);
        for (int picture = 0; picture < rows * columns; picture++)
        {
            int top = picture / columns * (size + Gap), left = picture % columns * (size + Gap);
            for (int y = 0; y < size; y++)
            {
                Span<byte> row = grid.Row(top + y).Slice(left * channels, size * channels);
                for (int x = 0; x < size; x++)
                    for (int channel = 0; channel < channels; channel++)
                        row[x * channels + channel] =
                            ToByte(pictures[(picture * channels + channel) * plane + y * size + x]);
            }
        }
        return grid;
    }

    private static byte ToByte(float value) => (byte)Math.Clamp(MathF.Round((value + 1) * 127.5f), 0, 255);
}
