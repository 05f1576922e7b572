using System.Buffers.Binary;
using System.Collections.Immutable;
using Upstride.Imaging.Tiff;

namespace Upstride.Imaging.Profiles;

/// <summary>EXIF data as bytes. What changes with the picture is changed where it is stored, so that everything else keeps its place:
/// makers' notes point to places that no reader knows.</summary>
internal static class ExifData
{
    private const int Header = 8;

    /// <summary>The orientation, 1 to 8; 1 where none is told.</summary>
    public static int Orientation(ReadOnlySpan<byte> exif)
    {
        int entry = FindEntry(exif, FirstDirectory(exif), TiffTag.Orientation);
        return entry >= 0 && Value(exif, entry) is >= 1 and <= 8 and var orientation ? (int)orientation : 1;
    }

    /// <summary>Pixels along a length, where they are told.</summary>
    public static PixelDensity? Density(ImmutableArray<byte> exif) => Directory(exif)?.Density();

    /// <summary>The first directory with those that it points to; null where it cannot be read.</summary>
    public static TiffDirectory? Directory(ImmutableArray<byte> exif)
    {
        if (exif.IsDefaultOrEmpty) return null;
        using var stream = new MemoryStream([.. exif]);
        return TiffDirectoryReader.Open(stream, exif.Length) is { } reader ? reader.Read(reader.First)?.Directory : null;
    }

    /// <summary>The data of a picture that has been turned upright, of another size: the first orientation, and no thumbnail, which would
    /// lie otherwise.</summary>
    public static ImmutableArray<byte> Describe(ImmutableArray<byte> exif, int width, int height)
    {
        if (exif.IsDefaultOrEmpty) return [];
        byte[] bytes = [.. exif];
        int first = FirstDirectory(bytes);
        if (first < 0) return exif;
        SetValue(bytes, FindEntry(bytes, first, TiffTag.Orientation), 1);
        int pointer = FindEntry(bytes, first, TiffTag.Exif);
        if (pointer >= 0 && Value(bytes, pointer) is var place && place <= int.MaxValue)
        {
            SetValue(bytes, FindEntry(bytes, (int)place, TiffTag.PixelXDimension), (uint)width);
            SetValue(bytes, FindEntry(bytes, (int)place, TiffTag.PixelYDimension), (uint)height);
        }
        int next = first + 2 + (12 * UInt16(bytes, first));
        if (next + 4 <= bytes.Length) bytes.AsSpan(next, 4).Clear();
        return ImmutableArray.Create(bytes);
    }

    /// <summary>EXIF data of a TIFF page: its fields but for those that tell how its samples are stored.</summary>
    public static ImmutableArray<byte> FromPage(TiffDirectory page)
    {
        var directory = new TiffDirectory(page.BigEndian);
        foreach (TiffField field in page.Fields.Values)
            if (!TiffTag.IsStructural(field.Tag)) directory.Fields[field.Tag] = field;
        if (directory.Fields.Count == 0) return [];
        byte[] header = page.BigEndian ? [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, Header] : [(byte)'I', (byte)'I', 42, 0, Header, 0, 0, 0];
        return [.. header, .. directory.ToBytes(Header)];
    }

    // Where the first directory begins, or -1.
    private static int FirstDirectory(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < Header || !(exif[..4].SequenceEqual("II*\0"u8) || exif[..4].SequenceEqual("MM\0*"u8))) return -1;
        uint place = UInt32(exif, 4);
        return place >= Header && place <= exif.Length - 2 ? (int)place : -1;
    }

    // Where a directory's entry of a tag begins, or -1.
    private static int FindEntry(ReadOnlySpan<byte> exif, int directory, ushort tag)
    {
        if (directory < Header || directory > exif.Length - 2) return -1;
        int count = UInt16(exif, directory);
        for (int i = 0, at = directory + 2; i < count && at + 12 <= exif.Length; i++, at += 12)
            if (UInt16(exif, at) == tag) return at;
        return -1;
    }

    private static uint Value(ReadOnlySpan<byte> exif, int entry) =>
        UInt16(exif, entry + 2) == TiffDirectory.Short ? UInt16(exif, entry + 8) : UInt32(exif, entry + 8);

    private static void SetValue(Span<byte> exif, int entry, uint value)
    {
        if (entry < 0) return;
        bool big = IsBigEndian(exif);
        Span<byte> place = exif.Slice(entry + 8, 4);
        if (UInt16(exif, entry + 2) == TiffDirectory.Short)
        {
            ushort word = (ushort)Math.Min(value, ushort.MaxValue);
            if (big) BinaryPrimitives.WriteUInt16BigEndian(place, word);
            else BinaryPrimitives.WriteUInt16LittleEndian(place, word);
        }
        else if (UInt16(exif, entry + 2) == TiffDirectory.Long)
        {
            if (big) BinaryPrimitives.WriteUInt32BigEndian(place, value);
            else BinaryPrimitives.WriteUInt32LittleEndian(place, value);
        }
    }

    private static bool IsBigEndian(ReadOnlySpan<byte> exif) => exif[0] == 'M';

    private static ushort UInt16(ReadOnlySpan<byte> exif, int at) => IsBigEndian(exif)
        ? BinaryPrimitives.ReadUInt16BigEndian(exif[at..])
        : BinaryPrimitives.ReadUInt16LittleEndian(exif[at..]);

    private static uint UInt32(ReadOnlySpan<byte> exif, int at) => IsBigEndian(exif)
        ? BinaryPrimitives.ReadUInt32BigEndian(exif[at..])
        : BinaryPrimitives.ReadUInt32LittleEndian(exif[at..]);
}
