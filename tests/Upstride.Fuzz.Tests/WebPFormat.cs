using System.Buffers.Binary;
using System.Text;
using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>WebP, chunk by chunk of its RIFF container.</summary>
internal sealed class WebPFormat : ContainerFormat
{
    public override string Name => "webp";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. SeedPictures.All(ImageFileFormat.WebP)];

    protected override IReadOnlyList<string> Types { get; } =
        ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP", "EXIF", "XMP ", "abcd"];

    protected override List<Part> Split(byte[] file)
    {
        var parts = new List<Part>();
        for (int at = 12; at + 8 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4));
            parts.Add(new(Encoding.Latin1.GetString(file, at, 4), file[(at + 8)..(at + 8 + length)]));
            at += 8 + length + length % 2;
        }
        return parts;
    }

    protected override byte[] Join(IReadOnlyList<Part> parts)
    {
        using var file = new MemoryStream();
        file.Write("RIFF0000WEBP"u8);
        foreach (Part part in parts)
        {
            file.Write(Encoding.Latin1.GetBytes(part.Type));
            file.Write(BitConverter.GetBytes(part.Data.Length));
            file.Write(part.Data);
            if (part.Data.Length % 2 == 1) file.WriteByte(0);
        }
        byte[] bytes = file.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;
    }
}
