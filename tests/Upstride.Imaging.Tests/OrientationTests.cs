namespace Upstride.Imaging.Tests;

/// <summary>A picture is given as it is meant to be seen, and what is written says so.</summary>
public sealed class OrientationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, int> All => new(
        from name in (string[])["a.png", "a.jpg", "a.webp", "a.tif"]
        from orientation in Enumerable.Range(1, 8)
        select (name, orientation));

    [Theory]
    [MemberData(nameof(All))]
    public void Every_orientation_is_applied_and_reset(string name, int orientation)
    {
        ImageBuffer stored = Picture();
        WriteStored(name, stored, orientation);
        ImageBuffer upright = ImageFile.Read(At(name));
        AssertSeen(stored, orientation, upright, name.EndsWith("jpg", StringComparison.Ordinal) ? 6 : 0);

        // Written again, no program turns it once more.
        ImageFile.Write(At("again" + Path.GetExtension(name)), upright, new() { Quality = 100, Lossless = true });
        ImageBuffer again = ImageFile.Read(At("again" + Path.GetExtension(name)));
        Assert.Equal(upright.Format, again.Format);
        if (!upright.Metadata.Exif.IsEmpty) Assert.Equal(1, Profiles.ExifData.Orientation(again.Metadata.Exif.AsSpan()));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ImageMagick_sees_the_same(string name, int orientation)
    {
        string magick = OtherPrograms.ImageMagick, exiftool = OtherPrograms.ExifTool;
        ImageBuffer stored = Picture();
        ImageFile.Write(At("plain.png"), stored);
        OtherPrograms.Run(magick, At("plain.png"), "-quality", "100", "-define", "webp:lossless=true", "-sampling-factor", "1x1", At(name));
        OtherPrograms.Run(exiftool, "-q", "-overwrite_original", "-n", $"-Orientation={orientation}", At(name));
        ImageBuffer upright = ImageFile.Read(At(name));
        AssertSeen(stored, orientation, upright, name.EndsWith("jpg", StringComparison.Ordinal) ? 6 : 0);
    }

    [Fact]
    public void Density_turns_with_the_picture_and_so_does_XMPs_orientation()
    {
        ImageBuffer stored = Picture().With(new()
        {
            Exif = Exif(6), Density = new(3000, 2000),
                Xmp = [.. "<x xmlns:tiff='t' tiff:Orientation=\"6\"><tiff:Orientation>8</tiff:Orientation></x>"u8],
        });
        WriteRaw(At("a.png"), stored);
        ImageMetadata metadata = ImageFile.Read(At("a.png")).Metadata;
        Assert.Equal(new PixelDensity(2000, 3000), metadata.Density);
        Assert.Equal("<x xmlns:tiff='t' tiff:Orientation=\"1\"><tiff:Orientation>1</tiff:Orientation></x>"u8, metadata.Xmp.AsSpan());
    }

    [Fact]
    public void Row_by_row_the_picture_is_upright_too()
    {
        ImageBuffer stored = Picture();
        WriteStored("a.png", stored, 6);
        ImageBuffer whole = ImageFile.Read(At("a.png"));
        using ImageReader reader = ImageReader.Open(At("a.png"));
        Assert.Equal(whole.Format, reader.Format);
        byte[] row = new byte[reader.Format.RowBytes];
        for (int y = 0; y < whole.Height; y++)
        {
            reader.ReadRow(row);
            Assert.True(whole.Row(y).SequenceEqual(row), $"row {y}");
        }
        Assert.Throws<InvalidOperationException>(() => reader.ReadRow(row));
    }

    // By EXIF's own words: where the stored row 0 and column 0 are seen.
    private static void AssertSeen(ImageBuffer stored, int orientation, ImageBuffer seen, int tolerance)
    {
        (string row0, string column0) = orientation switch
        {
            1 => ("top", "left"), 2 => ("top", "right"), 3 => ("bottom", "right"), 4 => ("bottom", "left"),
            5 => ("left", "top"), 6 => ("right", "top"), 7 => ("right", "bottom"), _ => ("left", "bottom"),
        };
        Assert.Equal(orientation < 5 ? (stored.Width, stored.Height) : (stored.Height, stored.Width), (seen.Width, seen.Height));
        for (int row = 0; row < stored.Height; row++)
            for (int column = 0; column < stored.Width; column++)
            {
                (int x, int y) = (0, 0);
                foreach ((string side, int at) in new[] { (row0, row), (column0, column) })
                    switch (side)
                    {
                        case "top": y = at; break;
                        case "bottom": y = seen.Height - 1 - at; break;
                        case "left": x = at; break;
                        default: x = seen.Width - 1 - at; break;
                    }
                for (int c = 0; c < 3; c++)
                    Assert.InRange(seen.Row(y)[3 * x + c] - stored.Row(row)[3 * column + c], -tolerance, tolerance);
            }
    }

    // An arrow's worth of difference in every corner, in blocks that JPEG keeps.
    private static ImageBuffer Picture()
    {
        var image = new ImageBuffer(24, 16, 3);
        for (int y = 0; y < 16; y++)
            for (int x = 0; x < 24; x++)
            {
                int block = x / 8 + y / 8 * 3;
                (image.Row(y)[3 * x], image.Row(y)[3 * x + 1], image.Row(y)[3 * x + 2]) =
                    ((byte)(40 * block), (byte)(250 - 30 * block), (byte)(block % 2 * 120));
            }
        return image;
    }

    private void WriteStored(string name, ImageBuffer stored, int orientation)
    {
        if (name.EndsWith("tif", StringComparison.Ordinal))
        {
            // TIFF tells it in the page itself.
            ImageFile.Write(At(name), stored);
            byte[] file = File.ReadAllBytes(At(name));
            int at = file.AsSpan().IndexOf((byte[])[18, 1, 3, 0, 1, 0, 0, 0]);
            file[at + 8] = (byte)orientation;
            File.WriteAllBytes(At(name), file);
            return;
        }
        stored = stored.With(new() { Exif = Exif(orientation) });
        WriteRaw(At(name), stored);
    }

    // As the writers would but for the orientation, which they set to the first: it is put back into the file's bytes.
    private static void WriteRaw(string path, ImageBuffer stored)
    {
        ImageFormatInfo info = ImageFormats.OfPath(path);
        byte[] file = ImageFile.Encode(stored, info.Format, new() { Quality = 100, Lossless = true });
        byte[] reset = [.. Profiles.ExifData.Describe(stored.Metadata.Exif, stored.Width, stored.Height)];
        int at = file.AsSpan().IndexOf(reset);
        Assert.True(at > 0);
        stored.Metadata.Exif.CopyTo(file, at);
        if (info.Format == ImageFileFormat.Png)
        {
            uint crc = PngBuilder.CheckSum(file.AsSpan(at - 4, reset.Length + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + reset.Length), crc);
        }
        File.WriteAllBytes(path, file);
    }

    private static System.Collections.Immutable.ImmutableArray<byte> Exif(int orientation) =>
        [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    private string At(string name) => Path.Combine(_folder, name);
}
