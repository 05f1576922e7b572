using System.Buffers.Binary;

namespace Upstride.Imaging.Tiff;

/// <summary>One field of a directory: its value's bytes as they are stored, or the directory that it points to.</summary>
internal sealed record TiffField(ushort Tag, ushort Type, uint Count, byte[] Data, TiffDirectory? Child = null);

/// <summary>An image file directory of TIFF or EXIF (TIFF 6.0, section 2): fields sorted by tag.</summary>
/// <param name="BigEndian">The byte order of every value.</param>
internal sealed record TiffDirectory(bool BigEndian)
{
    public const ushort Byte = 1, Ascii = 2, Short = 3, Long = 4, Rational = 5, Undefined = 7;

    private static readonly int[] s_typeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

    public SortedDictionary<ushort, TiffField> Fields { get; } = [];

    public static int BytesOf(ushort type) => type < s_typeBytes.Length ? s_typeBytes[type] : 0;

    /// <summary>The first field that is given twice, against the format's rule; null where none is.</summary>
    public ushort? Repeated { get; set; }

    /// <summary>The whole numbers of a field; empty where it is missing or holds something else.</summary>
    public long[] Numbers(ushort tag)
    {
        if (!Fields.TryGetValue(tag, out TiffField? field)) return [];
        int size = BytesOf(field.Type);
        if (field.Type is not (Byte or Short or Long or 13 or 16 or 18)) return [];
        var numbers = new long[field.Data.Length / size];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = Number(field.Data.AsSpan(i * size, size));
        return numbers;
    }

    /// <summary>The first number of a field, or <paramref name="missing"/>.</summary>
    public long Number(ushort tag, long missing) => Numbers(tag) is [var first, ..] ? first : missing;

    /// <summary>The first ratio of a field, or null.</summary>
    public double? Ratio(ushort tag)
    {
        if (!Fields.TryGetValue(tag, out TiffField? field) || field.Type != Rational || field.Data.Length < 8) return null;
        long below = Number(field.Data.AsSpan(4, 4));
        return below == 0 ? null : (double)Number(field.Data.AsSpan(0, 4)) / below;
    }

    /// <summary>How many pixels there are along a length, by the fields XResolution, YResolution and ResolutionUnit.</summary>
    public PixelDensity? Density()
    {
        if (Ratio(TiffTag.XResolution) is not { } x || Ratio(TiffTag.YResolution) is not { } y) return null;
        PixelDensity density = Number(TiffTag.ResolutionUnit, 2) switch
        {
            2 => PixelDensity.PerInch(x, y),
            3 => new(x * 100, y * 100),
            _ => new(x, y, IsPerMetre: false),
        };
        return density.IsUsable ? density : null;
    }

    public void Set(ushort tag, ushort type, byte[] data) => Fields[tag] = new(tag, type, (uint)(data.Length / BytesOf(type)), data);

    public void SetNumbers(ushort tag, ushort type, params long[] numbers)
    {
        int size = BytesOf(type);
        var data = new byte[numbers.Length * size];
        for (int i = 0; i < numbers.Length; i++)
        {
            Span<byte> place = data.AsSpan(i * size, size);
            if (type == Short) Put((ushort)numbers[i], place);
            else Put((uint)numbers[i], place);
        }
        Set(tag, type, data);
    }

    public void SetRatio(ushort tag, double value)
    {
        // Six digits after the point, and fewer for numbers so large that they would not fit.
        uint below = value < 4000 ? 1_000_000u : 1;
        SetNumbers(tag, Long, (long)Math.Round(Math.Min(value * below, uint.MaxValue)), below);
        Fields[tag] = Fields[tag] with { Type = Rational, Count = 1 };
    }

    /// <summary>The directory, its values and the directories that it points to, as they are stored from a place in a file on.</summary>
    public byte[] ToBytes(uint place)
    {
        using var bytes = new MemoryStream();
        int head = 2 + (12 * Fields.Count) + 4, at = 2;
        var directory = new byte[head];
        Put((ushort)Fields.Count, directory);
        bytes.Write(directory);
        foreach (TiffField field in Fields.Values)
        {
            Span<byte> entry = directory.AsSpan(at, 12);
            at += 12;
            Put(field.Tag, entry);
            Put(field.Child is null ? field.Type : Long, entry[2..]);
            Put(field.Child is null ? field.Count : 1, entry[4..]);
            if (field.Child is null && field.Data.Length <= 4)
            {
                field.Data.CopyTo(entry[8..]);
                continue;
            }

            // Values begin at even places.
            if (bytes.Length % 2 == 1) bytes.WriteByte(0);
            uint value = checked(place + (uint)bytes.Length);
            Put(value, entry[8..]);
            bytes.Write(field.Child?.ToBytes(value) ?? field.Data);
        }
        bytes.Position = 0;
        bytes.Write(directory);
        return bytes.ToArray();
    }

    private void Put(ushort number, Span<byte> place)
    {
        if (BigEndian) BinaryPrimitives.WriteUInt16BigEndian(place, number);
        else BinaryPrimitives.WriteUInt16LittleEndian(place, number);
    }

    private void Put(uint number, Span<byte> place)
    {
        if (BigEndian) BinaryPrimitives.WriteUInt32BigEndian(place, number);
        else BinaryPrimitives.WriteUInt32LittleEndian(place, number);
    }

    private long Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = 0; i < bytes.Length; i++) number = (number << 8) | bytes[BigEndian ? i : bytes.Length - 1 - i];
        return (long)Math.Min(number, long.MaxValue);
    }
}
