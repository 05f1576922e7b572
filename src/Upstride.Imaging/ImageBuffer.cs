using System.Runtime.InteropServices;

namespace Upstride.Imaging;

/// <summary>A picture in memory: samples [height, width, channels], row by row from the top left, channels interleaved.
/// One array of bytes in the machine's byte order holds every <see cref="Imaging.SampleType"/>, so 16-bit files stay exact.</summary>
/// <remarks>Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is straight, not premultiplied.</remarks>
public sealed partial class ImageBuffer
{
    private readonly byte[] _bytes;

    /// <summary>A black (where there is alpha: transparent) picture.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 to 4.</param>
    /// <param name="sampleType">How samples are stored.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside its range, or more bytes than one array can hold.</exception>
    public ImageBuffer(int width, int height, int channels, SampleType sampleType = SampleType.UInt8)
        : this(new(width, height, channels, sampleType)) { }

    /// <summary>A black (where there is alpha: transparent) picture.</summary>
    /// <param name="format">Its form.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside its range, or more bytes than one array can hold.</exception>
    public ImageBuffer(PictureFormat format)
    {
        format.ThrowIfIllegal();
        (int width, int height, int channels, SampleType sampleType) = format;
        if (format.ByteCount > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(width), width,
                $"width * height * channels * bytes per sample <= {Array.MaxLength} must hold: "
                + $"{width} * {height} * {channels} * {sampleType.Bytes()} = {format.ByteCount}");
        }
        Format = format;
        _bytes = new byte[format.ByteCount];
    }

    private ImageBuffer(PictureFormat format, byte[] bytes) => (Format, _bytes) = (format, bytes);

    /// <summary>Columns, rows, channels and sample type.</summary>
    public PictureFormat Format { get; }

    /// <summary>What the file said beside the samples; it is written with them.</summary>
    public ImageMetadata Metadata { get; private init; } = ImageMetadata.Empty;

    /// <summary>Columns.</summary>
    public int Width => Format.Width;

    /// <summary>Rows.</summary>
    public int Height => Format.Height;

    /// <summary>1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels => Format.Channels;

    /// <summary>How samples are stored.</summary>
    public SampleType SampleType => Format.SampleType;

    /// <summary>Whether the last channel is alpha.</summary>
    public bool HasAlpha => Format.HasAlpha;

    /// <summary>Bytes from one row to the next; rows are not padded.</summary>
    public int RowBytes => Format.RowBytes;

    /// <summary>Every byte, [height * RowBytes], in the machine's byte order.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>The same samples, shared and not copied, with other metadata.</summary>
    public ImageBuffer With(ImageMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return new(Format, _bytes) { Metadata = metadata };
    }

    /// <summary>The bytes of row <paramref name="y"/>, [RowBytes].</summary>
    public Span<byte> Row(int y)
    {
        if ((uint)y >= (uint)Height)
            throw new ArgumentOutOfRangeException(nameof(y), y, $"0 <= y < height must hold: y = {y}, height = {Height}");
        return _bytes.AsSpan(y * RowBytes, RowBytes);
    }

    /// <summary>Every sample, [height, width, channels].</summary>
    /// <typeparam name="T">byte for UInt8, ushort for UInt16, float for Float32.</typeparam>
    /// <exception cref="InvalidOperationException">The samples are of another type.</exception>
    public Span<T> Samples<T>() where T : unmanaged
    {
        Type stored = SampleType switch { SampleType.UInt8 => typeof(byte), SampleType.UInt16 => typeof(ushort), _ => typeof(float) };
        if (typeof(T) != stored)
            throw new InvalidOperationException(
                $"samples are stored as {stored.Name}, not {typeof(T).Name}: convert with Convert(SampleType) first");
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan());
    }

    /// <summary>A copy of the rectangle that starts at column <paramref name="x"/>, row <paramref name="y"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle is empty or leaves the picture.</exception>
    public ImageBuffer Crop(int x, int y, int width, int height)
    {
        if (x < 0 || width < 1 || (long)x + width > Width)
            throw new ArgumentOutOfRangeException(nameof(x), x, $"0 <= x < x + width <= {Width} must hold: x = {x}, width = {width}");
        if (y < 0 || height < 1 || (long)y + height > Height)
            throw new ArgumentOutOfRangeException(nameof(y), y, $"0 <= y < y + height <= {Height} must hold: y = {y}, height = {height}");
        var cropped = new ImageBuffer(Format with { Width = width, Height = height }) { Metadata = Metadata };
        int pixelBytes = Format.PixelBytes;
        for (int row = 0; row < height; row++)
            Row(y + row).Slice(x * pixelBytes, width * pixelBytes).CopyTo(cropped.Row(row));
        return cropped;
    }
}
