using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Upstride.Imaging.Png;

namespace Upstride.Imaging;

/// <summary>Writes a PNG picture row by row: grey, grey and alpha, RGB or RGBA in 8 or 16 bits, not interlaced. Each row gets
/// the filter whose differences are smallest in sum. Memory: two rows, whatever the height.</summary>
public sealed class PngWriter : IDisposable
{
    private readonly PngChunkWriter _chunks;
    private readonly CompressionLevel _compression;
    private readonly ImageAnimation _animation;
    private readonly byte[] _differences;
    private ZLibStream _compressor;
    private byte[] _row;
    private byte[] _above;
    private int _next;
    private int _frame;

    /// <summary>Writes the head of the file.</summary>
    /// <param name="stream">Where the file goes; stays open.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</param>
    /// <param name="sampleType">UInt8 or UInt16: PNG has no floats.</param>
    /// <param name="settings">How hard the compression tries.</param>
    public PngWriter(Stream stream, int width, int height, int channels, SampleType sampleType, ImageWriteSettings? settings = null)
        : this(stream, new PictureFormat(width, height, channels, sampleType), metadata: null, settings) { }

    /// <summary>Writes the head of the file.</summary>
    /// <param name="stream">Where the file goes; stays open.</param>
    /// <param name="format">Columns, rows, channels and sample type: UInt8 or UInt16, since PNG has no floats.</param>
    /// <param name="metadata">What the file says beside the samples; nothing where null.</param>
    /// <param name="settings">How hard the compression tries.</param>
    public PngWriter(Stream stream, PictureFormat format, ImageMetadata? metadata, ImageWriteSettings? settings = null)
        : this(stream, format, metadata, settings, new ImageAnimation(1, 0)) { }

    internal PngWriter(Stream stream, PictureFormat format, ImageMetadata? metadata, ImageWriteSettings? settings, ImageAnimation animation)
    {
        ArgumentNullException.ThrowIfNull(stream);
        format.ThrowIfIllegal();
        settings ??= new ImageWriteSettings();
        (int width, int height, int channels, SampleType sampleType) = format;
        if (sampleType is not (SampleType.UInt8 or SampleType.UInt16))
            throw new ArgumentException($"PNG holds UInt8 and UInt16 samples, not {sampleType}: convert the picture first",
                nameof(sampleType));
        long rowBytes = (long)width * format.PixelBytes;
        if (rowBytes >= Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(width), width,
                $"width * channels * bytes per sample < {Array.MaxLength} must hold: {width} * {channels} * {sampleType.Bytes()} = "
                    + $"{rowBytes}");
        }
        (Format, _animation, _compression) = (format, animation, settings.Compression);
        _row = new byte[rowBytes];
        _above = new byte[rowBytes];
        _differences = new byte[Math.Min(rowBytes, PngFilter.Segment)];

        stream.Write(PngHeader.Signature);
        _chunks = new PngChunkWriter(stream);
        Span<byte> ihdr = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(ihdr, width);
        BinaryPrimitives.WriteInt32BigEndian(ihdr[4..], height);
        ihdr[8] = (byte)(8 * sampleType.Bytes());
        ihdr[9] = channels switch { 1 => 0, 2 => 4, 3 => 2, _ => 6 };
        ihdr[10..].Clear(); // the only compression and filter methods there are; not interlaced
        _chunks.Write("IHDR"u8, ihdr);
        if (metadata is not null && !settings.StripMetadata) PngMetadataWriter.Write(_chunks, metadata);
        if (animation.Frames > 1)
        {
            Span<byte> control = stackalloc byte[8];
            BinaryPrimitives.WriteInt32BigEndian(control, animation.Frames);
            BinaryPrimitives.WriteInt32BigEndian(control[4..], animation.Plays);
            _chunks.Write("acTL"u8, control);
        }
        _compressor = Compressor();
    }

    /// <summary>Columns, rows, channels and sample type.</summary>
    public PictureFormat Format { get; }

    /// <summary>Columns.</summary>
    public int Width => Format.Width;

    /// <summary>Rows.</summary>
    public int Height => Format.Height;

    /// <summary>1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels => Format.Channels;

    /// <summary>UInt8 or UInt16.</summary>
    public SampleType SampleType => Format.SampleType;

    /// <summary>Writes the next row, top to bottom; the last completes the file.</summary>
    /// <param name="samples">Width * Channels samples in the machine's byte order, [Width, Channels].</param>
    /// <exception cref="InvalidOperationException">Every row has been written.</exception>
    public void WriteRow(ReadOnlySpan<byte> samples)
    {
        if (samples.Length != _row.Length)
        {
            throw new ArgumentException(
                $"width * channels * bytes per sample are needed: {Width} * {Channels} * {SampleType.Bytes()} = {_row.Length}, given "
                    + $"{samples.Length}",
                nameof(samples));
        }
        if (_next == Height) throw new InvalidOperationException($"all {Height} rows have been written");
        if (SampleType == SampleType.UInt16 && BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(samples), MemoryMarshal.Cast<byte, ushort>(_row.AsSpan()));
        else
            samples.CopyTo(_row);

        int filter = ChooseFilter();
        _compressor.WriteByte((byte)filter);
        for (int start = 0; start < _row.Length; start += _differences.Length)
            _compressor.Write(Apply(filter, start));
        (_row, _above) = (_above, _row);
        if (++_next < Height) return;
        _compressor.Dispose();
        _chunks.EndImageData();
        if (++_frame >= _animation.Frames) _chunks.Write("IEND"u8, []);
    }

    /// <summary>Frees the compressor; before the last row this leaves the file incomplete. The stream stays open.</summary>
    public void Dispose() => _compressor.Dispose();

    /// <summary>Begins a frame of an animation, of which every row then follows.</summary>
    internal void StartFrame(TimeSpan delay)
    {
        _chunks.StartFrame(Width, Height, delay, isFirst: _frame == 0);
        if (_frame == 0) return;
        _next = 0;
        _above.AsSpan().Clear();
        _compressor = Compressor();
    }

    private ZLibStream Compressor() => new(_chunks, _compression, leaveOpen: true);

    // The smallest sum of absolute differences is the specification's own advice (12.7).
    private int ChooseFilter()
    {
        int chosen = PngFilter.None;
        long least = long.MaxValue;
        for (int filter = 0; filter < PngFilter.Count; filter++)
        {
            long cost = 0;
            for (int start = 0; start < _row.Length && cost < least; start += _differences.Length)
                cost += PngFilter.Cost(Apply(filter, start));
            if (cost < least) (chosen, least) = (filter, cost);
        }
        return chosen;
    }

    private ReadOnlySpan<byte> Apply(int filter, int start)
    {
        Span<byte> differences = _differences.AsSpan(0, Math.Min(_differences.Length, _row.Length - start));
        PngFilter.Apply(filter, _row, _above, Format.PixelBytes, start, differences);
        return differences;
    }
}
