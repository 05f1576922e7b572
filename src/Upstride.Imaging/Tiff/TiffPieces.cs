namespace Upstride.Imaging.Tiff;

/// <summary>
/// Where a page's samples lie: in strips or tiles, of all channels or of one channel each (planes). A plane's tiles one below the other
/// are a picture in strips, as wide as a tile, with the very same data: so decoders of strips read them.
/// </summary>
internal sealed class TiffPieces
{
    // What of a page decides on how its data is decoded; the rest is told anew.
    private static readonly ushort[] s_kept =
        [TiffTag.Compression, TiffTag.FillOrder, TiffTag.T4Options, TiffTag.T6Options, TiffTag.Predictor, TiffTag.JpegTables];

    private static readonly ushort[] s_keptTogether =
    [
        TiffTag.BitsPerSample, TiffTag.Photometric, TiffTag.SamplesPerPixel, TiffTag.ColorMap, TiffTag.ExtraSamples, TiffTag.SampleFormat,
        TiffTag.YCbCrCoefficients, TiffTag.YCbCrSubsampling, TiffTag.ReferenceBlackWhite,
    ];

    private readonly TiffDirectory _page;
    private readonly (int Width, int Height) _picture;
    private readonly bool _isTiled;
    private readonly long[] _offsets;
    private readonly long[] _lengths;

    public TiffPieces(TiffDirectory page, PictureFormat format, ImageInput input)
    {
        (_page, _picture) = (page, (format.Width, format.Height));
        _isTiled = page.Fields.ContainsKey(TiffTag.TileWidth);
        int samples = (int)Math.Clamp(page.Number(TiffTag.SamplesPerPixel, 1), 1, ushort.MaxValue);
        Planes = page.Number(TiffTag.PlanarConfiguration, 1) == 2 ? samples : 1;
        long width = _isTiled ? page.Number(TiffTag.TileWidth, 0) : format.Width,
            height = _isTiled ? page.Number(TiffTag.TileLength, 0)
                : Math.Min(page.Number(TiffTag.RowsPerStrip, format.Height), format.Height);
        string kind = _isTiled ? "tiles" : "strips";
        if (width < 1 || height < 1) throw input.Fault($"its {kind} are of {width} x {height} pixels");
        long across = (format.Width - 1) / width + 1, down = (format.Height - 1) / height + 1;
        (Int128 held, int pixel) = ((Int128)across * down * width * height, format.RowBytes / format.Width);
        if (held * pixel > TiffPicture.MaxStripBytes && held > 2 * format.Pixels)
            throw input.Fault($"its {kind} of {width} x {height} pixels hold {held} pixels, and the picture is of {format.Width} x "
                + $"{format.Height}");
        (Width, Height, Across, Down) = ((int)width, (int)height, (int)across, (int)down);
        (_offsets, _lengths) = _isTiled ? (page.Numbers(TiffTag.TileOffsets), page.Numbers(TiffTag.TileByteCounts))
            : (page.Numbers(TiffTag.StripOffsets), page.Numbers(TiffTag.StripByteCounts));
        if (Math.Min(_offsets.Length, _lengths.Length) < across * down * Planes)
            throw input.Fault(
                $"its {format.Width} x {format.Height} pixels take {across * down * Planes} {kind}, and it tells the places of "
                + $"{_offsets.Length} and the lengths of {_lengths.Length}");
    }

    /// <summary>Planes, of one channel each; 1 where all channels lie together.</summary>
    public int Planes { get; }

    /// <summary>Columns of a piece.</summary>
    public int Width { get; }

    /// <summary>Rows of a piece.</summary>
    public int Height { get; }

    /// <summary>Pieces beside one another.</summary>
    public int Across { get; }

    /// <summary>Pieces below one another.</summary>
    public int Down { get; }

    /// <summary>Columns and rows of <see cref="PageOf"/>.</summary>
    public (int Width, int Height) SizeOfPage => _isTiled ? (Width, checked(Across * Down * Height)) : _picture;

    /// <summary>The row of <see cref="PageOf"/> that holds a part of the picture's row.</summary>
    /// <param name="row">The picture's.</param>
    /// <param name="column">Which of the pieces beside one another.</param>
    public int RowOfPage(int row, int column) => _isTiled ? (row / Height * Across + column) * Height + row % Height : row;

    /// <summary>A page in strips of the same data: one plane's pieces, one below the other.</summary>
    public TiffDirectory PageOf(int plane)
    {
        var page = new TiffDirectory(_page.BigEndian);
        foreach (ushort tag in Planes == 1 ? [.. s_kept, .. s_keptTogether] : s_kept)
            if (_page.Fields.TryGetValue(tag, out TiffField? field)) page.Fields[tag] = field;
        if (Planes > 1)
        {
            const int blackIsZero = 1;
            page.SetNumbers(TiffTag.BitsPerSample, TiffDirectory.Short, Of(TiffTag.BitsPerSample, plane));
            page.SetNumbers(TiffTag.SampleFormat, TiffDirectory.Short, Of(TiffTag.SampleFormat, plane));
            page.SetNumbers(TiffTag.Photometric, TiffDirectory.Short, blackIsZero);
            page.SetNumbers(TiffTag.SamplesPerPixel, TiffDirectory.Short, 1);
        }
        (int width, int height) = SizeOfPage;
        int pieces = Across * Down, first = plane * pieces;
        page.SetNumbers(TiffTag.ImageWidth, TiffDirectory.Long, width);
        page.SetNumbers(TiffTag.ImageLength, TiffDirectory.Long, height);
        page.SetNumbers(TiffTag.RowsPerStrip, TiffDirectory.Long, Height);
        page.SetNumbers(TiffTag.PlanarConfiguration, TiffDirectory.Short, 1);
        page.SetNumbers(TiffTag.StripOffsets, TiffDirectory.Long, _offsets.AsSpan(first, pieces).ToArray());
        page.SetNumbers(TiffTag.StripByteCounts, TiffDirectory.Long, _lengths.AsSpan(first, pieces).ToArray());
        return page;
    }

    // A value for each sample, or one for all.
    private long Of(ushort tag, int plane) => _page.Numbers(tag) is { Length: > 0 } values ? values[Math.Min(plane, values.Length - 1)] : 1;
}
