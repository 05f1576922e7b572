namespace Upstride.Imaging.Png;

/// <summary>One pass over a PNG picture: the pixels (X + i StepX, Y + j StepY), i &lt; Width, j &lt; Height.</summary>
internal readonly record struct PngInterlacePass(int X, int Y, int StepX, int StepY, int Width, int Height)
{
    // Adam7's seven passes over each 8 x 8 tile (PNG specification, 8.1).
    private static readonly (int X, int Y, int StepX, int StepY)[] s_adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>The passes that hold at least one pixel, in file order: one over everything where there is no interlacing.</summary>
    public static IEnumerable<PngInterlacePass> Of(bool interlaced, int width, int height)
    {
        if (!interlaced)
        {
            yield return new PngInterlacePass(0, 0, 1, 1, width, height);
            yield break;
        }
        foreach ((int x, int y, int stepX, int stepY) in s_adam7)
        {
            int columns = Count(width, x, stepX), rows = Count(height, y, stepY);
            if (columns > 0 && rows > 0) yield return new PngInterlacePass(x, y, stepX, stepY, columns, rows);
        }
    }

    private static int Count(int size, int first, int step) => size <= first ? 0 : (size - first - 1) / step + 1;
}
