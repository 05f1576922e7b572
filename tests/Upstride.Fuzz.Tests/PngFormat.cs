using System.Buffers.Binary;
using System.IO.Compression;
using Upstride.Imaging.Tests;

namespace Upstride.Fuzz.Tests;

/// <summary>PNG, chunk by chunk: headers that lie, chunks that are missing, doubled or in another order, rows that are damaged before they are compressed again.</summary>
internal sealed class PngFormat : PictureFormat
{
    private static readonly string[] s_types =
        ["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "eXIf", "pHYs", "tEXt", "zTXt", "iTXt", "acTL", "fcTL", "fdAT", "sBIT", "bKGD", "tIME", "abCd", "ABCD"];

    public override string Name => "png";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. from form in ((int ColorType, int[] Depths)[])[(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])]
           from depth in form.Depths
           from interlaced in (bool[])[false, true]
           from transparency in (bool[])(form.ColorType < 4 ? [false, true] : [false])
           select new PngForge { Width = 11, Height = 9, ColorType = form.ColorType, Depth = depth, Interlaced = interlaced, Transparency = transparency, Seed = depth, ChunkSize = 60 }.Make().File,
    ];

    public override byte[] Mutant(Random random)
    {
        List<(string Type, byte[] Data)> chunks = Split(Numbers.Pick(Seeds, random));
        for (int change = random.Next(1, 4); change > 0 && chunks.Count > 0; change--) Change(chunks, random);
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach ((string type, byte[] data) in chunks) PngForge.WriteChunk(file, type, data);
        byte[] bytes = file.ToArray();
        return random.Next(10) == 0 ? Numbers.Scramble(bytes, random) : bytes;
    }

    private static void Change(List<(string Type, byte[] Data)> chunks, Random random)
    {
        int at = random.Next(chunks.Count), header = chunks.FindIndex(static chunk => chunk.Type == "IHDR");
        switch (random.Next(9))
        {
            case 0 or 1 when header >= 0 && chunks[header].Data.Length == 13:
                byte[] ihdr = [.. chunks[header].Data];
                int field = random.Next(7);
                if (field < 2) BinaryPrimitives.WriteInt32BigEndian(ihdr.AsSpan(4 * field), unchecked((int)Numbers.Next(random, BinaryPrimitives.ReadInt32BigEndian(ihdr.AsSpan(4 * field)))));
                else ihdr[6 + field] = (byte)Numbers.Pick([0, 1, 2, 3, 4, 6, 8, 16, 255], random);
                chunks[header] = ("IHDR", ihdr);
                break;
            case 2: chunks.RemoveAt(at); break;
            case 3: chunks.Insert(random.Next(chunks.Count + 1), chunks[at]); break;
            case 4:
                int other = random.Next(chunks.Count);
                (chunks[at], chunks[other]) = (chunks[other], chunks[at]);
                break;
            case 5: chunks.Insert(at, (Numbers.Pick(s_types, random), Numbers.Scramble(new byte[random.Next(40)], random))); break;
            case 6: chunks[at] = (Numbers.Pick(s_types, random), chunks[at].Data); break;
            case 7: chunks[at] = (chunks[at].Type, Numbers.Scramble(chunks[at].Data, random)); break;
            default: ChangeRows(chunks, random); break;
        }
    }

    // Filters and samples are changed, and compressed so that the check sum of the stream is right again.
    private static void ChangeRows(List<(string Type, byte[] Data)> chunks, Random random)
    {
        byte[] stream = [.. chunks.Where(static chunk => chunk.Type == "IDAT").SelectMany(static chunk => chunk.Data)];
        if (stream.Length == 0) return;
        using var rows = new MemoryStream();
        try
        {
            using var inflate = new ZLibStream(new MemoryStream(stream), CompressionMode.Decompress);
            inflate.CopyTo(rows);
        }
        catch (InvalidDataException)
        {
            return;
        }
        int first = chunks.FindIndex(static chunk => chunk.Type == "IDAT");
        chunks.RemoveAll(static chunk => chunk.Type == "IDAT");

        // A thousand times as many rows as there should be, now and then.
        byte[] changed = Numbers.Scramble(rows.ToArray(), random);
        if (random.Next(20) == 0) changed = [.. Enumerable.Repeat(changed, 1000).SelectMany(static part => part)];
        chunks.Insert(first, ("IDAT", PngForge.Compress(changed)));
    }

    private static List<(string Type, byte[] Data)> Split(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            chunks.Add((System.Text.Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += length + 12;
        }
        return chunks;
    }
}
