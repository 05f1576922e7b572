using System.Buffers.Binary;
using System.IO.Compression;
using Upstride.Imaging.Tests;

namespace Upstride.Fuzz.Tests;

/// <summary>
/// PNG, chunk by chunk: headers that lie, chunks that are missing, doubled or in another order, rows that are damaged before they are
/// compressed again.
/// </summary>
internal sealed class PngFormat : ContainerFormat
{
    private static readonly string[] s_types =
        ["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "eXIf", "pHYs", "tEXt", "zTXt", "iTXt", "acTL",
        "fcTL", "fdAT", "sBIT", "bKGD", "tIME", "abCd", "ABCD"];

    public override string Name => "png";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. from form in ((int ColorType, int[] Depths)[])[(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]),
            (6, [8, 16])]
           from depth in form.Depths
           from interlaced in (bool[])[false, true]
           from transparency in (bool[])(form.ColorType < 4 ? [false, true] : [false])
           select new PngBuilder
           { Width = 11, Height = 9, ColorType = form.ColorType, Depth = depth, Interlaced = interlaced, Transparency = transparency,
           Seed = depth, ChunkSize = 60 }.Make().File,
    ];

    protected override IReadOnlyList<string> Types => s_types;

    protected override byte[] Join(IReadOnlyList<Part> parts)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach (Part part in parts) PngBuilder.WriteChunk(file, part.Type, part.Data);
        return file.ToArray();
    }

    protected override List<Part> Split(byte[] file)
    {
        var chunks = new List<Part>();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            chunks.Add(new(System.Text.Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += length + 12;
        }
        return chunks;
    }

    protected override void Change(List<Part> parts, Random random)
    {
        if (random.Next(4) == 0) ChangeRows(parts, random);
        else base.Change(parts, random);
    }

    private const int ManyRows = 1 << 16;

    // Filters and samples are changed, and compressed so that the check sum of the stream is right again.
    private static void ChangeRows(List<Part> chunks, Random random)
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

        // A thousand times as many rows as there should be, now and then; not a thousand times a thousand: that would be the mutator's
        // own memory.
        byte[] changed = Numbers.Scramble(rows.ToArray(), random);
        if (random.Next(20) == 0 && changed.Length < ManyRows)
            changed = [.. Enumerable.Repeat(changed, 1000).SelectMany(static part => part)];
        chunks.Insert(first, new("IDAT", PngBuilder.Compress(changed)));
    }
}
