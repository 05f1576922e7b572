using System.Buffers.Binary;
using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>TIFF, entry by entry of its directories: tags, types, counts and offsets that lie.</summary>
internal sealed class TiffFormat : PictureFormat
{
    private static readonly ushort[] s_tags =
        [254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 284, 296, 317, 320, 322, 323, 324, 325, 338, 339, 34665, 34675];

    public override string Name => "tiff";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. SeedPictures.All(ImageFileFormat.Tiff)];

    public override byte[] Mutant(Random random)
    {
        byte[] file = [.. Numbers.Pick(Seeds, random)];
        bool little = file[0] == 'I';
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int directory = Read32(4);
            if (directory < 8 || directory + 2 > file.Length || random.Next(8) == 0)
            {
                file = Numbers.Scramble(file, random);
                if (file.Length < 16) break;
                continue;
            }
            int entries = Math.Min(Read16(directory), (file.Length - directory - 2) / 12);
            if (entries == 0) break;
            int at = directory + 2 + 12 * random.Next(entries);
            switch (random.Next(6))
            {
                case 0: Write16(at, Numbers.Pick(s_tags, random)); break;
                case 1: Write16(at + 2, (ushort)random.Next(15)); break;
                case 2: Write32(at + 4, unchecked((int)Numbers.Next(random, Read32(at + 4)))); break;
                default:
                    // A short value lies at the beginning of its four bytes.
                    if (Read16(at + 2) == 3) Write16(at + 8, unchecked((ushort)Numbers.Next(random, Read16(at + 8))));
                    else Write32(at + 8, unchecked((int)Numbers.Next(random, Read32(at + 8))));
                    break;
            }
        }
        return file;

        int Read32(int at) =>
            at + 4 > file.Length
            ? 0 : little ? BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)) : BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));

        ushort Read16(int at) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) : BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at));

        void Write16(int at, ushort value)
        {
            if (little) BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
            else BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(at), value);
        }

        void Write32(int at, int value)
        {
            if (little) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
            else BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), value);
        }
    }
}
