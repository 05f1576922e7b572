using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>GIF, block by block: descriptors, extensions and compressed rows, whose pieces are written with their lengths.</summary>
internal sealed class GifFormat : ContainerFormat
{
    public override string Name => "gif";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. SeedPictures.All(ImageFileFormat.Gif)];

    protected override IReadOnlyList<string> Types { get; } = ["screen", "table", "image", "rows", "21F9", "21FF", "21FE", "2101", "end"];

    protected override List<Part> Split(byte[] file)
    {
        var parts = new List<Part> { new("screen", file[6..13]) };
        int at = 13;
        Table(file[10]);
        while (at < file.Length)
        {
            switch (file[at])
            {
                case 0x21:
                    string label = $"21{file[at + 1]:X2}";
                    at += 2;
                    parts.Add(new(label, Pieces()));
                    break;
                case 0x2C:
                    parts.Add(new("image", file[(at + 1)..(at + 10)]));
                    byte flags = file[at + 9];
                    at += 10;
                    Table(flags);
                    byte codeSize = file[at++];
                    parts.Add(new("rows", [codeSize, .. Pieces()]));
                    break;
                default:
                    parts.Add(new("end", []));
                    return parts;
            }
        }
        return parts;

        void Table(byte flags)
        {
            if (flags < 0x80) return;
            int length = 3 << ((flags & 7) + 1);
            parts.Add(new("table", file[at..(at + length)]));
            at += length;
        }

        byte[] Pieces()
        {
            var data = new List<byte>();
            for (; file[at] != 0; at += file[at] + 1) data.AddRange(file[(at + 1)..(at + 1 + file[at])]);
            at++;
            return [.. data];
        }
    }

    protected override byte[] Join(IReadOnlyList<Part> parts)
    {
        using var file = new MemoryStream();
        file.Write("GIF89a"u8);
        foreach ((string type, byte[] data) in parts)
        {
            switch (type)
            {
                case "screen" or "table": file.Write(data); break;
                case "end": file.WriteByte(0x3B); break;
                case "image":
                    file.WriteByte(0x2C);
                    file.Write(data);
                    break;
                case "rows":
                    file.WriteByte(data.Length > 0 ? data[0] : (byte)2);
                    Pieces(data.AsSpan(Math.Min(1, data.Length)));
                    break;
                default:
                    file.Write(Convert.FromHexString(type));
                    Pieces(data);
                    break;
            }
        }
        return file.ToArray();

        void Pieces(ReadOnlySpan<byte> data)
        {
            for (; !data.IsEmpty; data = data[Math.Min(255, data.Length)..])
            {
                file.WriteByte((byte)Math.Min(255, data.Length));
                file.Write(data[..Math.Min(255, data.Length)]);
            }
            file.WriteByte(0);
        }
    }
}
