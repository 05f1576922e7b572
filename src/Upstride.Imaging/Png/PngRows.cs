using System.IO.Compression;

namespace Upstride.Imaging.Png;

/// <summary>The rows of one image of a PNG file, from its compressed data: two rows are held, of an interlaced image all.</summary>
internal sealed class PngRows : IDisposable
{
    private readonly ImageInput _input;
    private readonly PngHeader _header;
    private readonly PngRowDecoder _decoder;
    private readonly ZLibStream _data;
    private readonly PictureFormat _format;
    private byte[] _current;
    private byte[] _above;
    private ImageBuffer? _deinterlaced;
    private int _next;

    /// <param name="header">The file's.</param>
    /// <param name="input">For the errors.</param>
    /// <param name="data">Compressed.</param>
    /// <param name="width">Columns of this image.</param>
    /// <param name="height">Rows of this image.</param>
    public PngRows(PngHeader header, ImageInput input, Stream data, int width, int height)
    {
        (_header, _input, _format) = (header, input, header.Format with { Width = width, Height = height });
        _decoder = new PngRowDecoder(header, input);
        _data = new ZLibStream(data, CompressionMode.Decompress);
        _current = new byte[header.StoredRowBytes(width)];
        _above = new byte[_current.Length];
    }

    public bool IsAtEnd => _next == _format.Height;

    /// <summary>Decodes the next row.</summary>
    public void Read(Span<byte> destination, CancellationToken cancellationToken)
    {
        if (_header.Interlaced)
        {
            _deinterlaced ??= Deinterlace(cancellationToken);
            _deinterlaced.Row(_next++).CopyTo(destination);
            return;
        }
        cancellationToken.ThrowIfCancellationRequested();
        ReadStoredRow(_format.Width, _next++);
        _decoder.Decode(_current, _format.Width, destination);
        (_current, _above) = (_above, _current);
    }

    /// <summary>All rows of an interlaced image, without a copy.</summary>
    public ImageBuffer Deinterlace(CancellationToken cancellationToken)
    {
        ImageBuffer image = _input.Allocate(_format);
        int pixelBytes = _format.PixelBytes;
        byte[] decoded = new byte[_format.RowBytes];
        foreach (PngInterlacePass pass in PngInterlacePass.Of(_header.Interlaced, _format.Width, _format.Height))
        {
            _above.AsSpan().Clear();
            for (int j = 0; j < pass.Height; j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int y = pass.Y + j * pass.StepY;
                ReadStoredRow(pass.Width, y);
                _decoder.Decode(_current, pass.Width, decoded);
                Span<byte> row = image.Row(y);
                for (int i = 0; i < pass.Width; i++)
                    decoded.AsSpan(i * pixelBytes, pixelBytes).CopyTo(row[((pass.X + i * pass.StepX) * pixelBytes)..]);
                (_current, _above) = (_above, _current);
            }
        }
        return image;
    }

    /// <summary>Makes the decompressor verify its check sum by one more read; more pixels than the header says are ignored, as other
    /// readers do.</summary>
    public void Verify()
    {
        Span<byte> surplus = stackalloc byte[1];
        InflateSome(surplus, _format.Height - 1);
    }

    public void Dispose() => _data.Dispose();

    // Leaves the unfiltered row in the first bytes of the current one.
    private void ReadStoredRow(int width, int y)
    {
        Span<byte> filter = stackalloc byte[1];
        Inflate(filter, y);
        if (filter[0] >= PngFilter.Count) throw _input.Fault($"row {y} has filter {filter[0]}; 0 to 4 are legal");
        Span<byte> row = _current.AsSpan(0, (int)_header.StoredRowBytes(width));
        Inflate(row, y);
        PngFilter.Undo(filter[0], row, _above, _header.FilterDistance);
    }

    private void Inflate(Span<byte> destination, int y)
    {
        while (destination.Length > 0)
        {
            int got = InflateSome(destination, y);
            if (got == 0) throw _input.Fault($"truncated: the image data ends in row {y} of {_format.Height}");
            destination = destination[got..];
        }
    }

    private int InflateSome(Span<byte> destination, int y)
    {
        try
        {
            return _data.Read(destination);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw _input.Fault($"its image data is damaged at row {y}: {e.Message}", e);
        }
    }
}
