namespace Upstride.Explorer.Services;

/// <summary>A picture as planes.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Planes">[red, green, blue][height, width], 0 to 1.</param>
public sealed record Picture(int Width, int Height, float[] Planes)
{
    /// <summary>From what a canvas holds: width and height as 32-bit numbers, then red, green, blue and alpha of each pixel.</summary>
    /// <exception cref="InvalidDataException">Another number of bytes.</exception>
    public static Picture FromCanvas(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        int width = bytes.Length < 8 ? 0 : BitConverter.ToInt32(bytes, 0), height = bytes.Length < 8 ? 0 : BitConverter.ToInt32(bytes, 4),
            n = width * height;
        if (n < 1 || bytes.Length != 8
            + 4L * n) throw new InvalidDataException($"{bytes.Length} bytes hold no picture of {width} by {height}");
        var planes = new float[3 * n];
        for (int i = 0; i < n; i++)
        {
            // What is transparent lies on white.
            float alpha = bytes[8 + 4 * i + 3] / 255f;
            for (int c = 0; c < 3; c++) planes[c * n + i] = bytes[8 + 4 * i + c] / 255f * alpha + 1 - alpha;
        }
        return new(width, height, planes);
    }

    /// <summary>For a canvas: red, green, blue and alpha of each pixel.</summary>
    public byte[] ToCanvas()
    {
        int n = Width * Height;
        var bytes = new byte[4 * n];
        for (int i = 0; i < n; i++)
        {
            for (int c = 0; c < 3; c++) bytes[4 * i + c] = (byte)(Math.Clamp(Planes[c * n + i], 0, 1) * 255 + 0.5f);
            bytes[4 * i + 3] = 255;
        }
        return bytes;
    }

    /// <summary>The part at the upper left.</summary>
    public Picture Crop(int width, int height) => Crop(new(0, 0, width, height));

    /// <summary>A part.</summary>
    public Picture Crop(PicturePart part)
    {
        if (part == new PicturePart(0, 0, Width, Height)) return this;
        var planes = new float[3 * part.Width * part.Height];
        for (int row = 0; row < 3 * part.Height; row++)
            Array.Copy(Planes, (row / part.Height * Height + part.Top + row % part.Height) * Width + part.Left, planes, row * part.Width,
                part.Width);
        return new(part.Width, part.Height, planes);
    }

    /// <summary>The middle of so many pixels at most, as wide as high as the whole; null where that is the whole.</summary>
    public PicturePart? Middle(double pixels)
    {
        double share = Math.Sqrt(pixels / ((double)Width * Height));
        if (share >= 1) return null;
        int width = Math.Max(1, (int)(Width * share)), height = Math.Max(1, (int)(Height * share));
        return new((Width - width) / 2, (Height - height) / 2, width, height);
    }
}

/// <summary>A part of a picture, in its pixels.</summary>
/// <param name="Left">Columns before it.</param>
/// <param name="Top">Rows above it.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Height">Its rows.</param>
public readonly record struct PicturePart(int Left, int Top, int Width, int Height)
{
    /// <summary>The same part of the picture a factor larger.</summary>
    public PicturePart Times(int scale) => new(Left * scale, Top * scale, Width * scale, Height * scale);
}
