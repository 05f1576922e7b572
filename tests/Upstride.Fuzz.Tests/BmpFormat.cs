using System.Buffers.Binary;
using Upstride.Imaging.Tests;

namespace Upstride.Fuzz.Tests;

/// <summary>BMP, field by field of its headers, and runs that lead anywhere.</summary>
internal sealed class BmpFormat : PictureFormat
{
    // Offset and bytes of the fields of the file header and of the information header.
    private static readonly (int At, int Size)[] s_fields =
        [(2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (38, 4), (46, 4), (50, 4), (54, 4), (58, 4),
        (62, 4), (66, 4)];

    public override string Name => "bmp";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. from depth in (int[])[1, 4, 8, 16, 24, 32]
           from headerSize in (int[])[12, 40, 108]
           where headerSize > 12 || depth is not (16 or 32)
           select new BmpBuilder { Width = 7, Height = 5, Depth = depth, HeaderSize = headerSize, Seed = depth }.Make().File,
        new BmpBuilder { Width = 7, Height = 5, Depth = 32, HeaderSize = 56, Masks = [(8, 0), (8, 8), (8, 16), (8, 24)] }.Make().File,
        new BmpBuilder
            { Width = 6, Height = 4, Depth = 8 }.WithRuns(1, [3, 7, 0, 3, 1, 2, 4, 0, 0, 0, 0, 2, 2, 0, 1, 9, 0, 0, 0, 0, 6, 5, 0, 1]),
        new BmpBuilder { Width = 5, Height = 3, Depth = 4 }.WithRuns(2, [5, 0x3A, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 1]),
    ];

    public override byte[] Mutant(Random random)
    {
        byte[] file = [.. Numbers.Pick(Seeds, random)];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            (int at, int size) = Numbers.Pick(s_fields, random);
            if (at + size > file.Length || random.Next(4) == 0)
            {
                // Behind the headers: palette, runs, rows.
                int start = Math.Min(file.Length, 14 + random.Next(60));
                file = [.. file[..start], .. Numbers.Scramble(file[start..], random)];
            }
            else if (size == 2)
            {
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at),
                    unchecked((short)Numbers.Next(random, BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan(at)))));
            }
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at),
                    unchecked((int)Numbers.Next(random, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)))));
            }
        }
        if (file.Length >= 6 && random.Next(4) > 0) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        return file;
    }
}
