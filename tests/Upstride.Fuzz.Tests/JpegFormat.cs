using System.Buffers.Binary;
using System.Globalization;
using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>JPEG, segment by segment: tables, frame headers and profiles that lie, scans that are damaged.</summary>
internal sealed class JpegFormat : ContainerFormat
{
    public override string Name => "jpeg";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. SeedPictures.All(ImageFileFormat.Jpeg)];

    // Markers by their second byte; "scan" is what lies between two of them.
    protected override IReadOnlyList<string> Types { get; } =
        ["C0", "C1", "C2", "C4", "CC", "D8", "D9", "DA", "DB", "DD", "E0", "E1", "E2", "EE", "FE", "D0", "scan"];

    protected override List<Part> Split(byte[] file)
    {
        var parts = new List<Part>();
        for (int at = 0; at < file.Length;)
        {
            if (file[at] != 0xFF)
            {
                int end = at;
                while (end < file.Length
                    && !(file[end] == 0xFF && end + 1 < file.Length && file[end + 1] is not (0 or (>= 0xD0 and <= 0xD7)))) end++;
                parts.Add(new("scan", file[at..end]));
                at = end;
                continue;
            }
            string marker = file[at + 1].ToString("X2", CultureInfo.InvariantCulture);
            int length = HasLength(marker) ? BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2)) : 0;
            parts.Add(new(marker, length == 0 ? [] : file[(at + 4)..(at + 2 + length)]));
            at += 2 + length;
        }
        return parts;
    }

    protected override byte[] Join(IReadOnlyList<Part> parts)
    {
        using var file = new MemoryStream();
        foreach (Part part in parts)
        {
            if (part.Type != "scan")
            {
                file.Write([0xFF, byte.Parse(part.Type, NumberStyles.HexNumber, CultureInfo.InvariantCulture)]);
                if (HasLength(part.Type)) file.Write([(byte)((part.Data.Length + 2) >> 8), (byte)(part.Data.Length + 2)]);
            }
            file.Write(part.Data);
        }
        return file.ToArray();
    }

    private static bool HasLength(string marker) =>
        marker is not ("D8" or "D9" or "01" or "scan") && !(marker[0] == 'D' && marker[1] <= '7');
}
