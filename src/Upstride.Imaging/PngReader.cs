using System.IO.Compression;

namespace Upstride.Imaging;

/// <summary>Reads a PNG picture row by row: every colour type, depth and interlacing (PNG specification, third edition).
/// A picture that is not interlaced takes two rows of memory, whatever its height; an interlaced one is held whole.</summary>
/// <remarks>Decoded form: a palette becomes RGB, depths below 8 are scaled to 8, a transparent colour (tRNS) becomes an alpha
/// channel. Samples are given as stored; gamma and colour profiles are not applied.</remarks>
public sealed class PngReader : IDisposable
{
    private readonly ImageInput input;
    private readonly PngChunkReader chunks;
    private readonly PngHeader header;
    private readonly PngRowDecoder decoder;
    private readonly ZLibStream rows;
    private byte[] current, above;
    private ImageBuffer? deinterlaced;
    private int nextRow;

    /// <summary>Reads the head of the file, up to the first pixel.</summary>
    /// <param name="stream">Stands at the PNG signature; need not be able to seek; stays open.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="settings">The limit on pixels.</param>
    /// <exception cref="ImageFormatException">The file is damaged, truncated, not PNG, or above the limit.</exception>
    public PngReader(Stream stream, string name, ImageReadSettings? settings = null)
        : this(new ImageInput(stream ?? throw new ArgumentNullException(nameof(stream)), name, settings)) { }

    internal PngReader(ImageInput input)
    {
        this.input = input;
        chunks = new PngChunkReader(input);
        header = PngHeader.Read(chunks);
        decoder = new PngRowDecoder(header, input);
        rows = new ZLibStream(new PngImageData(chunks), CompressionMode.Decompress);
        current = new byte[header.StoredRowBytes(Width)];
        above = new byte[current.Length];
    }

    /// <summary>Columns.</summary>
    public int Width => header.Width;

    /// <summary>Rows.</summary>
    public int Height => header.Height;

    /// <summary>Channels of the decoded rows: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels => header.Channels;

    /// <summary>UInt16 for 16-bit files, else UInt8.</summary>
    public SampleType SampleType => header.SampleType;

    /// <summary>Bytes of one decoded row.</summary>
    public int RowBytes => Width * Channels * SampleType.Bytes();

    /// <summary>Decodes the next row, top to bottom; after the last the rest of the file is verified.</summary>
    /// <param name="destination">Exactly RowBytes bytes, [Width, Channels] samples in the machine's byte order.</param>
    /// <exception cref="ImageFormatException">The file is damaged or truncated.</exception>
    /// <exception cref="InvalidOperationException">Every row has been read.</exception>
    public void ReadRow(Span<byte> destination)
    {
        if (destination.Length != RowBytes)
            throw new ArgumentException($"RowBytes = width * channels * bytes per sample are needed: {Width} * {Channels} * {SampleType.Bytes()} = {RowBytes}, given {destination.Length}", nameof(destination));
        if (nextRow == Height) throw new InvalidOperationException($"all {Height} rows have been read");
        if (header.Interlaced)
        {
            deinterlaced ??= Deinterlace(CancellationToken.None);
            deinterlaced.Row(nextRow).CopyTo(destination);
        }
        else
        {
            ReadStoredRow(Width, nextRow);
            decoder.Decode(current, Width, destination);
            (current, above) = (above, current);
        }
        if (++nextRow == Height) Finish();
    }

    /// <summary>Frees the decompressor; the stream stays open.</summary>
    public void Dispose() => rows.Dispose();

    internal static ImageBuffer Read(ImageInput input, CancellationToken cancellationToken)
    {
        using var reader = new PngReader(input);
        if (reader.header.Interlaced)
        {
            ImageBuffer whole = reader.Deinterlace(cancellationToken);
            reader.Finish();
            return whole;
        }
        ImageBuffer image = input.Allocate(reader.Width, reader.Height, reader.Channels, reader.SampleType);
        for (int y = 0; y < image.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reader.ReadRow(image.Row(y));
        }
        return image;
    }

    private ImageBuffer Deinterlace(CancellationToken cancellationToken)
    {
        ImageBuffer image = input.Allocate(Width, Height, Channels, SampleType);
        int pixelBytes = Channels * SampleType.Bytes();
        byte[] decoded = new byte[RowBytes];
        foreach (PngPass pass in PngPass.Of(header))
        {
            above.AsSpan().Clear();
            for (int j = 0; j < pass.Height; j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int y = pass.Y + j * pass.StepY;
                ReadStoredRow(pass.Width, y);
                decoder.Decode(current, pass.Width, decoded);
                Span<byte> row = image.Row(y);
                for (int i = 0; i < pass.Width; i++)
                    decoded.AsSpan(i * pixelBytes, pixelBytes).CopyTo(row[((pass.X + i * pass.StepX) * pixelBytes)..]);
                (current, above) = (above, current);
            }
        }
        return image;
    }

    // Leaves the unfiltered row in the first bytes of `current`.
    private void ReadStoredRow(int width, int y)
    {
        Span<byte> filter = stackalloc byte[1];
        Inflate(filter, y);
        if (filter[0] >= PngFilter.Count) throw input.Fault($"row {y} has filter {filter[0]}; 0 to 4 are legal");
        Span<byte> row = current.AsSpan(0, (int)header.StoredRowBytes(width));
        Inflate(row, y);
        PngFilter.Undo(filter[0], row, above, header.FilterDistance);
    }

    private void Inflate(Span<byte> destination, int y)
    {
        while (destination.Length > 0)
        {
            int got = InflateSome(destination, y);
            if (got == 0) throw input.Fault($"truncated: the image data ends in row {y} of {Height}");
            destination = destination[got..];
        }
    }

    private int InflateSome(Span<byte> destination, int y)
    {
        try
        {
            return rows.Read(destination);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw input.Fault($"its image data is damaged at row {y}: {e.Message}", e);
        }
    }

    // One more read makes the decompressor verify its check sum (more pixels than the header says are ignored, as other
    // readers do); then the chunks up to the end are verified, so that a file cut anywhere is noticed.
    private void Finish()
    {
        Span<byte> surplus = stackalloc byte[1];
        InflateSome(surplus, Height - 1);
        while (chunks.Type is not "IEND")
        {
            chunks.End();
            chunks.Next();
            if (chunks.Critical && chunks.Type is not ("IEND" or "IDAT"))
                throw input.Fault($"chunk {chunks.Type} stands after the image data; it is unknown or misplaced there");
        }
        chunks.End();
    }
}
