using System.Buffers.Binary;

namespace Upstride.Explain.Rendering;

/// <summary>Writes rasters as an animated GIF (GIF89a): one palette, variable-length LZW codes, endless repetition. The same frames make
/// the same bytes.</summary>
public sealed class GifWriter
{
    private const int MaxColors = 256;
    private const int MaxCodes = 4096;

    private readonly Stream _stream;
    private readonly int _width;
    private readonly int _height;
    private readonly Dictionary<int, byte> _palette = [];
    private readonly List<int> _colors = [];

    private GifWriter(Stream stream, int width, int height)
    {
        _stream = stream;
        _width = width;
        _height = height;
    }

    /// <summary>Writes frames, each with its time.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="frames">The frames in milliseconds, all of one size; they are gone through twice.</param>
    /// <exception cref="ArgumentException">No frame, frames of different sizes, or a side above 65,535.</exception>
    public static void Write(Stream stream, IReadOnlyList<(Raster Picture, int Milliseconds)> frames)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count == 0) throw new ArgumentException("there is no frame, and a GIF needs one", nameof(frames));
        Raster first = frames[0].Picture;
        if (frames.Any(frame => frame.Picture.Width != first.Width || frame.Picture.Height != first.Height)
            || first.Width > ushort.MaxValue || first.Height > ushort.MaxValue)
            throw new ArgumentException($"frames must all have one size of at most {ushort.MaxValue}x{ushort.MaxValue}", nameof(frames));
        var writer = new GifWriter(stream, first.Width, first.Height);
        foreach ((Raster picture, _) in frames) writer.Collect(picture.Pixels);
        writer.WriteHead();
        foreach ((Raster picture, int milliseconds) in frames) writer.WriteFrame(picture.Pixels, milliseconds);
        stream.WriteByte(0x3B);
    }

    private void Collect(ReadOnlySpan<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int color = pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2];
            if (_palette.ContainsKey(color)) continue;
            if (_colors.Count < MaxColors)
            {
                _palette.Add(color, (byte)_colors.Count);
                _colors.Add(color);
            }
            else
            {
                _palette.Add(color, Nearest(color));
            }
        }
    }

    private byte Nearest(int color)
    {
        static int Distance(int one, int other) =>
            Square((one >> 16) - (other >> 16)) + Square((one >> 8 & 255) - (other >> 8 & 255)) + Square((one & 255) - (other & 255));
        static int Square(int value) => value * value;
        int best = 0;
        for (int i = 1; i < _colors.Count; i++) if (Distance(_colors[i], color) < Distance(_colors[best], color)) best = i;
        return (byte)best;
    }

    private void WriteHead()
    {
        _stream.Write("GIF89a"u8);
        Short(_width);
        Short(_height);
        _stream.Write([0xF7, 0, 0]);
        var table = new byte[3 * MaxColors];
        for (int i = 0; i < _colors.Count; i++)
            (table[3 * i], table[3 * i + 1], table[3 * i + 2]) = ((byte)(_colors[i] >> 16), (byte)(_colors[i] >> 8), (byte)_colors[i]);
        _stream.Write(table);
        _stream.Write([0x21, 0xFF, 11]);
        _stream.Write("NETSCAPE2.0"u8);
        _stream.Write([3, 1, 0, 0, 0]);
    }

    private void WriteFrame(ReadOnlySpan<byte> pixels, int milliseconds)
    {
        _stream.Write([0x21, 0xF9, 4, 4]);
        Short(Math.Clamp((milliseconds + 5) / 10, 1, ushort.MaxValue));
        _stream.Write([0, 0, 0x2C, 0, 0, 0, 0]);
        Short(_width);
        Short(_height);
        _stream.Write([0, 8]);
        var codes = new Codes(_stream);
        codes.Add(MaxColors);
        var known = new Dictionary<int, int>();
        int next = MaxColors + 2, prefix = -1;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int index = _palette[pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]];
            if (prefix < 0)
            {
                prefix = index;
                continue;
            }
            if (known.TryGetValue(prefix << 8 | index, out int code))
            {
                prefix = code;
                continue;
            }
            codes.Add(prefix);
            known.Add(prefix << 8 | index, next++);

            // The reader knows a code one step later, so the codes grow when the new one no longer fits.
            if (next - 1 == 1 << codes.Size && codes.Size < 12) codes.Size++;
            if (next == MaxCodes)
            {
                codes.Add(MaxColors);
                known.Clear();
                next = MaxColors + 2;
                codes.Size = 9;
            }
            prefix = index;
        }
        codes.Add(prefix);
        codes.Add(MaxColors + 1);
        codes.End();
    }

    private void Short(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        _stream.Write(bytes);
    }

    /// <summary>Packs codes of growing size, the lowest bit first, into blocks of up to 255 bytes.</summary>
    private sealed class Codes(Stream stream)
    {
        private readonly byte[] _block = new byte[255];
        private int _filled;
        private int _bits;
        private int _count;

        public int Size { get; set; } = 9;

        public void Add(int code)
        {
            _bits |= code << _count;
            _count += Size;
            for (; _count >= 8; _count -= 8, _bits >>= 8) Byte((byte)_bits);
        }

        public void End()
        {
            if (_count > 0) Byte((byte)_bits);
            if (_filled > 0) Flush();
            stream.WriteByte(0);
        }

        private void Byte(byte value)
        {
            _block[_filled++] = value;
            if (_filled == _block.Length) Flush();
        }

        private void Flush()
        {
            stream.WriteByte((byte)_filled);
            stream.Write(_block.AsSpan(0, _filled));
            _filled = 0;
        }
    }
}
