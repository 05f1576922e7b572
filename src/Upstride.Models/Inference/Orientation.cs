namespace Upstride.Models.Inference;

/// <summary>The eight ways to lay a plane: turned by quarters, mirrored or not.</summary>
/// <param name="Transposed">Whether rows become columns, before the mirrors.</param>
/// <param name="MirrorsRows">Whether the last row comes first.</param>
/// <param name="MirrorsColumns">Whether the last column comes first.</param>
internal readonly record struct Orientation(bool Transposed, bool MirrorsRows, bool MirrorsColumns)
{
    /// <summary>All eight.</summary>
    public static IEnumerable<Orientation> All =>
        from transposed in (bool[])[false, true]
        from rows in (bool[])[false, true]
        from columns in (bool[])[false, true]
        select new Orientation(transposed, rows, columns);

    /// <summary>Lays a plane that way.</summary>
    /// <param name="plane">[height, width].</param>
    /// <param name="width">Its columns.</param>
    /// <param name="destination">[height, width], or [width, height] where it is transposed.</param>
    public void Apply(ReadOnlySpan<float> plane, int width, Span<float> destination)
    {
        int height = plane.Length / width;
        for (int y = 0; y < height; y++)
        {
            (int start, int step) = Place(y, width, height);
            for (int x = 0; x < width; x++) destination[start + x * step] = plane[y * width + x];
        }
    }

    /// <summary>Adds a plane that was laid that way to one that was not.</summary>
    /// <param name="laid">As <see cref="Apply"/> makes it.</param>
    /// <param name="width">Columns of the sum.</param>
    /// <param name="sum">[height, width].</param>
    public void AddBack(ReadOnlySpan<float> laid, int width, Span<float> sum)
    {
        int height = sum.Length / width;
        for (int y = 0; y < height; y++)
        {
            (int start, int step) = Place(y, width, height);
            for (int x = 0; x < width; x++) sum[y * width + x] += laid[start + x * step];
        }
    }

    // Where the first element of a row stands among the laid ones, and how far it is to the next.
    private (int Start, int Step) Place(int row, int width, int height)
    {
        int y = MirrorsRows ? height - 1 - row : row, x = MirrorsColumns ? width - 1 : 0, step = MirrorsColumns ? -1 : 1;
        return Transposed ? (x * height + y, step * height) : (y * width + x, step);
    }
}
