namespace Upstride.Imaging;

/// <summary>One pass over a PNG picture: the pixels (X + i StepX, Y + j StepY), i &lt; Width, j &lt; Height.</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY, int Width, int Height)
{
    // Adam7's seven passes over each 8 x 8 tile (PNG specification, 8.1).
    private static readonly (int X, int Y, int StepX, int StepY)[] adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>The passes that hold at least one pixel, in file order: one over everything where there is no interlacing.</summary>
    public static IEnumerable<PngPass> Of(PngHeader header)
    {
        if (!header.Interlaced)
        {
            yield return new PngPass(0, 0, 1, 1, header.Width, header.Height);
            yield break;
        }
        foreach ((int x, int y, int stepX, int stepY) in adam7)
        {
            int width = Count(header.Width, x, stepX), height = Count(header.Height, y, stepY);
            if (width > 0 && height > 0) yield return new PngPass(x, y, stepX, stepY, width, height);
        }
    }

    private static int Count(int size, int first, int step) => size <= first ? 0 : (size - first - 1) / step + 1;
}
