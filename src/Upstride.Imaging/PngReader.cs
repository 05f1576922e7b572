using Upstride.Imaging.Png;

namespace Upstride.Imaging;

/// <summary>Reads a PNG picture row by row: every colour type, depth and interlacing (PNG specification, third edition).
/// A picture that is not interlaced takes two rows of memory, whatever its height; an interlaced one is held whole.</summary>
/// <remarks>Decoded form: a palette becomes RGB, depths below 8 are scaled to 8, a transparent colour (tRNS) becomes an alpha channel.
/// Samples are given as stored; orientation, gamma and colour profiles are not applied. Of an animation the still image is read.</remarks>
public sealed class PngReader : IDisposable
{
    private readonly ImageInput _input;
    private readonly PngChunkReader _chunks;
    private readonly PngRows _rows;
    private int _next;

    /// <summary>Reads the head of the file, up to the first pixel.</summary>
    /// <param name="stream">Its position is at the PNG signature; need not be able to seek; stays open.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="settings">The limit on pixels.</param>
    /// <exception cref="ImageFormatException">The file is damaged, truncated, not PNG, or above the limit.</exception>
    public PngReader(Stream stream, string name, ImageReadSettings? settings = null)
        : this(new ImageInput(stream ?? throw new ArgumentNullException(nameof(stream)), name, settings)) { }

    internal PngReader(ImageInput input)
    {
        _input = input;
        _chunks = new PngChunkReader(input);
        Ancillary = new PngMetadataReader(input);
        Header = PngHeader.Read(_chunks, Ancillary);
        if (input.CanSeek) Ancillary.ReadTrailer(_chunks, Header);
        _rows = new PngRows(Header, input, new PngIdatStream(_chunks), Width, Height);
    }

    /// <summary>Columns, rows, channels and sample type of the decoded picture.</summary>
    public PictureFormat Format => Header.Format;

    /// <summary>Columns.</summary>
    public int Width => Header.Width;

    /// <summary>Rows.</summary>
    public int Height => Header.Height;

    /// <summary>Channels of the decoded rows: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels => Header.Channels;

    /// <summary>UInt16 for 16-bit files, else UInt8.</summary>
    public SampleType SampleType => Header.SampleType;

    /// <summary>Bytes of one decoded row.</summary>
    public int RowBytes => Format.RowBytes;

    /// <summary>What the file says beside the samples; from a stream that cannot seek, what precedes them, and after the last row
    /// all.</summary>
    public ImageMetadata Metadata => Ancillary.Metadata;

    internal PngHeader Header { get; }

    internal PngMetadataReader Ancillary { get; }

    internal PngChunkReader Chunks => _chunks;

    /// <summary>Decodes the next row, top to bottom; after the last the rest of the file is verified.</summary>
    /// <param name="destination">Exactly RowBytes bytes, [Width, Channels] samples in the machine's byte order.</param>
    /// <exception cref="ImageFormatException">The file is damaged or truncated.</exception>
    /// <exception cref="InvalidOperationException">Every row has been read.</exception>
    public void ReadRow(Span<byte> destination) => ReadRow(destination, CancellationToken.None);

    /// <summary>Frees the decompressor; the stream stays open.</summary>
    public void Dispose() => _rows.Dispose();

    internal void ReadRow(Span<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.Length != RowBytes)
        {
            throw new ArgumentException(
                $"RowBytes = width * channels * bytes per sample are needed: {Width} * {Channels} * {SampleType.Bytes()} = {RowBytes}, "
                    + $"given {destination.Length}",
                nameof(destination));
        }
        if (_next == Height) throw new InvalidOperationException($"all {Height} rows have been read");
        _rows.Read(destination, cancellationToken);
        if (++_next == Height) Finish();
    }

    /// <summary>The whole picture.</summary>
    internal ImageBuffer ReadAll(CancellationToken cancellationToken)
    {
        if (Header.Interlaced && _next == 0)
        {
            ImageBuffer whole = _rows.Deinterlace(cancellationToken);
            _next = Height;
            Finish();
            return whole;
        }
        ImageBuffer image = _input.Allocate(Format);
        for (int y = 0; y < image.Height; y++) ReadRow(image.Row(y), cancellationToken);
        return image;
    }

    // The chunks up to the end are verified, so that a file cut anywhere is noticed.
    private void Finish()
    {
        _rows.Verify();
        while (_chunks.Type is not "IEND")
        {
            if (!_input.CanSeek) Ancillary.Read(_chunks);
            _chunks.End();
            _chunks.Next();
            if (_chunks.Critical && _chunks.Type is not ("IEND" or "IDAT"))
                throw _input.Fault($"chunk {_chunks.Type} follows the image data; it is unknown or misplaced there");
        }
        _chunks.End();
    }
}
