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
    public Picture Crop(int width, int height)
    {
        if (width == Width && height == Height) return this;
        var planes = new float[3 * width * height];
        for (int row = 0; row < 3 * height; row++)
            Array.Copy(Planes, (row / height * Height + row % height) * Width, planes, row * width, width);
        return new(width, height, planes);
    }
}
