using System.Buffers.Binary;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing.Processors.Quantization;
using Upstride.Imaging.Codecs;

namespace Upstride.Imaging.Gif;

/// <summary>Writes GIF files frame by frame, so that one is held at a time: ImageSharp encodes each as a file of its own, with its own
/// colours, whose picture is taken over. Up to 256 colours are kept exactly; alpha is on or off.</summary>
internal sealed class GifWriter : PictureEncoder
{
    private const int MaxColors = 256;
    private const int OpaqueFrom = 128;

    private readonly Stream _stream;
    private readonly PictureFormat _format;
    private readonly ImageAnimation _animation;
    private readonly CancellationToken _cancellation;
    private readonly Image<Rgba32> _image;
    private readonly byte[] _row;
    private TimeSpan _delay;
    private int _next;

    public GifWriter(Stream stream, PictureFormat format, ImageMetadata metadata, ImageAnimation animation, CancellationToken cancellation)
    {
        (_stream, _format, _animation, _cancellation) = (stream, format, animation, cancellation);
        _image = new Image<Rgba32>(ImageSharpCodec.Configuration, format.Width, format.Height);
        _row = new byte[format.Width * (format.Colors == 1 ? format.Channels + 2 : format.Channels)];
        WriteHead(metadata);
    }

    public override void StartFrame(TimeSpan delay) => (_delay, _next) = (delay, 0);

    public override void WriteRow(ReadOnlySpan<byte> samples)
    {
        _cancellation.ThrowIfCancellationRequested();
        int channels = _row.Length / _format.Width;
        RowConversion.ToBytes(samples, _format, channels, _row);
        Span<Rgba32> row = _image.DangerousGetPixelRowMemory(_next++).Span;
        for (int x = 0, i = 0; x < row.Length; x++, i += channels)
            row[x] = channels == 4 && _row[i + 3] < OpaqueFrom ? default : new Rgba32(_row[i], _row[i + 1], _row[i + 2], byte.MaxValue);
    }

    public override void EndFrame(bool isLast)
    {
        using var encoded = new MemoryStream();
        _image.Save(encoded, new GifEncoder { ColorTableMode = GifColorTableMode.Local, Quantizer = Quantizer() });
        CopyPicture(encoded.GetBuffer().AsSpan(0, (int)encoded.Length));
        if (isLast) _stream.WriteByte(0x3B);
    }

    public override void Dispose() => _image.Dispose();

    private void WriteHead(ImageMetadata metadata)
    {
        Span<byte> screen = stackalloc byte[7];
        screen.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(screen, (ushort)_format.Width);
        BinaryPrimitives.WriteUInt16LittleEndian(screen[2..], (ushort)_format.Height);
        screen[4] = 0x70; // no colours for all frames; the device's have 8 bits
        _stream.Write("GIF89a"u8);
        _stream.Write(screen);
        if (_animation is { Frames: > 1, Plays: not 1 })
        {
            int more = Math.Clamp(_animation.Plays - 1, 0, ushort.MaxValue);
            WriteApplication("NETSCAPE2.0"u8);
            _stream.Write([3, 1, (byte)more, (byte)(more >> 8), 0]);
        }
        if (!metadata.IccProfile.IsEmpty)
        {
            WriteApplication("ICCRGBG1012"u8);
            WriteBlocks(metadata.IccProfile.AsSpan());
        }
        if (!metadata.Xmp.IsEmpty)
        {
            WriteApplication("XMP DataXMP"u8);
            _stream.Write(metadata.Xmp.AsSpan());
            _stream.WriteByte(1);
            for (int value = byte.MaxValue; value >= 0; value--) _stream.WriteByte((byte)value);
            _stream.WriteByte(0);
        }
    }

    private void WriteApplication(ReadOnlySpan<byte> name)
    {
        _stream.Write([0x21, 0xFF, 11]);
        _stream.Write(name);
    }

    private void WriteBlocks(ReadOnlySpan<byte> data)
    {
        for (; data.Length > 0; data = data[Math.Min(data.Length, byte.MaxValue)..])
        {
            int length = Math.Min(data.Length, byte.MaxValue);
            _stream.WriteByte((byte)length);
            _stream.Write(data[..length]);
        }
        _stream.WriteByte(0);
    }

    /// <summary>Takes over the image with its colours from a file of one picture.</summary>
    private void CopyPicture(ReadOnlySpan<byte> file)
    {
        int at = 13 + ((file[10] & 0x80) != 0 ? 3 << ((file[10] & 7) + 1) : 0);
        (bool isTransparent, byte index) = (false, 0);
        while (file[at] == 0x21)
        {
            if (file[at + 1] == 0xF9) (isTransparent, index) = ((file[at + 3] & 1) != 0, file[at + 6]);
            for (at += 2; file[at] != 0; at += file[at] + 1)
            {
                // Passes over a block.
            }
            at++;
        }
        int hundredths = (int)Math.Clamp(Math.Round(_delay.TotalMilliseconds / 10), 0, ushort.MaxValue);

        // Each frame is the whole canvas: what is transparent in it must not show the one before.
        int disposal = _animation.Frames == 1 ? 0 : _format.HasAlpha ? 2 : 1;
        _stream.Write([0x21, 0xF9, 4, (byte)(disposal << 2 | (isTransparent ? 1 : 0)), (byte)hundredths, (byte)(hundredths >> 8), index,
            0]);
        _stream.Write(file[at..^1]);
    }

    // The frame's own colours where they are few enough, so that nothing changes.
    private IQuantizer Quantizer()
    {
        var colors = new Dictionary<Rgba32, Color>();
        for (int y = 0; y < _format.Height && colors.Count <= MaxColors; y++)
            foreach (Rgba32 pixel in _image.DangerousGetPixelRowMemory(y).Span) colors.TryAdd(pixel, pixel);
        return colors.Count <= MaxColors
            ? new PaletteQuantizer(colors.Values.ToArray(), new QuantizerOptions { Dither = null })
            : new WuQuantizer(new QuantizerOptions { MaxColors = MaxColors });
    }
}
