using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>TGA, field by field of its header, and packets that lead anywhere.</summary>
internal sealed class TgaFormat : PictureFormat
{
    private const int Header = 18;

    public override string Name => "tga";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. SeedPictures.All(ImageFileFormat.Tga)];

    public override byte[] Mutant(Random random)
    {
        byte[] file = [.. Numbers.Pick(Seeds, random)];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(Header);
            if (random.Next(3) == 0) file = [.. file[..Header], .. Numbers.Scramble(file[Header..], random)];
            else file[at] =
                at is 2 or 16
                ? (byte)Numbers.Pick([0, 1, 2, 3, 8, 9, 10, 11, 15, 16, 24, 32], random) : unchecked((byte)Numbers.Next(random, file[at]));
        }
        return file;
    }
}
