using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Upstride.Imaging.Gif;

/// <summary>What a GIF file's blocks say (GIF89a): size, frames, how long each is shown, whether anything is transparent,
/// metadata.</summary>
internal sealed class GifHeader
{
    private const int Extension = 0x21, ImageDescriptor = 0x2C, Trailer = 0x3B, GraphicControl = 0xF9, Application = 0xFF, Comment = 0xFE;

    private const int XmpTrailer = 256;

    private readonly List<TimeSpan> _delays = [];
    private TimeSpan _delay;

    public int Width { get; private init; }

    public int Height { get; private init; }

    public bool HasAlpha { get; private set; }

    /// <summary>How often the frames are shown; 0 for ever.</summary>
    public int Plays { get; private set; } = 1;

    /// <summary>How long each frame is shown.</summary>
    public IReadOnlyList<TimeSpan> Delays => _delays;

    public ImageMetadata Metadata { get; private set; } = ImageMetadata.Empty;

    public SortedSet<string> Remarks { get; } = new(StringComparer.Ordinal);

    public static GifHeader Read(ImageInput input)
    {
        Span<byte> screen = stackalloc byte[13];
        input.ReadExactly(screen, "the GIF header");
        var header = new GifHeader { Width = BinaryPrimitives.ReadUInt16LittleEndian(screen[6..]),
            Height = BinaryPrimitives.ReadUInt16LittleEndian(screen[8..]) };
        input.CheckSize(header.Width, header.Height, 4, SampleType.UInt8);
        SkipTable(input, screen[10]);
        for (int block = input.ReadByte(); block is not (Trailer or < 0); block = input.ReadByte())
        {
            if (block == Extension) header.ReadExtension(input);
            else if (block == ImageDescriptor) header.ReadImage(input);
            else if (block != 0) throw input.Fault($"its GIF data has a block of unknown kind, 0x{block:X2}");
        }
        if (header._delays.Count == 0) throw input.Fault("its GIF data holds no picture");
        return header;
    }

    private void ReadImage(ImageInput input)
    {
        Span<byte> descriptor = stackalloc byte[9];
        input.ReadExactly(descriptor, "a GIF image descriptor");
        bool isWhole = BinaryPrimitives.ReadUInt32LittleEndian(descriptor) == 0
            && BinaryPrimitives.ReadUInt16LittleEndian(descriptor[4..]) >= Width
                && BinaryPrimitives.ReadUInt16LittleEndian(descriptor[6..]) >= Height;
        if (_delays.Count == 0 && !isWhole) HasAlpha = true;
        SkipTable(input, descriptor[8]);
        if (input.ReadByte() < 0) throw input.Fault("truncated: its GIF data ends before a picture's data");
        ReadBlocks(input, destination: null);
        _delays.Add(_delay);
        _delay = TimeSpan.Zero;
    }

    private void ReadExtension(ImageInput input)
    {
        int label = input.ReadByte();
        using var data = new MemoryStream();
        if (label is not Application)
        {
            ReadBlocks(input, data);
            if (label == GraphicControl && data.ToArray() is [var flags, var low, var high, ..])
            {
                // Disposal 2 makes a frame's place transparent again.
                HasAlpha |= (flags & 1) != 0 || (flags >> 2 & 7) == 2;
                _delay = TimeSpan.FromMilliseconds(10 * (low | high << 8));
            }
            if (label == Comment) Remarks.Add("text comments");
            return;
        }
        int size = input.ReadByte();
        Span<byte> name = stackalloc byte[Math.Max(size, 0)];
        input.ReadExactly(name, "a GIF extension");
        if (name.SequenceEqual("XMP DataXMP"u8))
        {
            ReadXmp(input);
            return;
        }
        ReadBlocks(input, data);
        if (name.SequenceEqual("NETSCAPE2.0"u8) && data.ToArray() is [1, var first, var second, ..])
            Plays = (first | second << 8) is > 0 and var more ? more + 1 : 0;
        else if (name.SequenceEqual("ICCRGBG1012"u8)) Metadata = Metadata with { IccProfile = ImmutableArray.Create(data.ToArray()) };
    }

    // The packet is in the file as it is; behind it are 1 and then 255 down to 0, so that a reader that takes its bytes for the lengths of
    // blocks comes to the end all the same.
    private void ReadXmp(ImageInput input)
    {
        using var data = new MemoryStream();
        for (int value = input.ReadByte(); value is not 0; value = input.ReadByte())
        {
            if (value < 0) throw input.Fault("truncated: its GIF data ends within a block");
            if (data.Length <= input.Settings.MaxMetadataBytes) data.WriteByte((byte)value);
        }
        byte[] bytes = data.ToArray();
        int trailer = bytes.Length - XmpTrailer;
        if (input.Peek(1) is [0]) input.ReadByte();
        if (trailer > 0 && bytes.AsSpan(trailer) is [1, 255, ..])
            Metadata = Metadata with { Xmp = ImmutableArray.Create(bytes.AsSpan(0, trailer)) };
        else Remarks.Add("a damaged XMP packet");
    }

    private static void SkipTable(ImageInput input, int flags)
    {
        if ((flags & 0x80) != 0) input.Skip(3L << ((flags & 7) + 1), "a GIF colour table");
    }

    private static void ReadBlocks(ImageInput input, MemoryStream? destination)
    {
        Span<byte> block = stackalloc byte[byte.MaxValue];
        while (true)
        {
            int length = input.ReadByte();
            if (length < 0) throw input.Fault("truncated: its GIF data ends within a block");
            if (length == 0) return;
            input.ReadExactly(block[..length], "a GIF block");
            if (destination is not null && destination.Length <= input.Settings.MaxMetadataBytes) destination.Write(block[..length]);
        }
    }
}
