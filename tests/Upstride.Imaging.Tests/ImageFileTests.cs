namespace Upstride.Imaging.Tests;

public sealed class ImageFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    [Fact]
    public void Content_decides_when_reading()
    {
        ImageBuffer image = Pictures.Random(5, 3, 3, SampleType.UInt8, 1);
        foreach (string name in new[] { "a.png", "a.bmp", "a.ppm" })
        {
            ImageFile.Write(File(name), image);
            System.IO.File.Move(File(name), File("picture.jpg"), overwrite: true);
            Pictures.AssertSame(image, ImageFile.Read(File("picture.jpg")), name);
        }
    }

    [Fact]
    public void The_extension_decides_when_writing_in_any_case()
    {
        ImageFile.Write(File("A.BMP"), Pictures.Random(5, 3, 3, SampleType.UInt8, 1));
        Assert.Equal("BM"u8, System.IO.File.ReadAllBytes(File("A.BMP")).AsSpan(0, 2));
        var e = Assert.Throws<ArgumentException>(() => ImageFile.Write(File("a.txt"), new ImageBuffer(1, 1, 1)));
        Assert.Equal(
            $"{File("a.txt")}: the extension '.txt' is none that can be written: .png, .apng, .jpg, .jpeg, .webp, .gif, .tif, .tiff, "
            + ".bmp, .tga, .pbm, .pgm, .ppm, .pnm, .pfm, or with ffmpeg .jp2, .avif, .jxl (Parameter 'path')",
            e.Message);
        Assert.Equal([File("A.BMP")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_write_that_fails_or_is_cancelled_leaves_the_old_file_and_nothing_else()
    {
        ImageBuffer old = Pictures.Random(5, 3, 3, SampleType.UInt8, 1);
        foreach (string name in new[] { "a.png", "a.bmp", "a.ppm", "a.pfm" })
        {
            ImageFile.Write(File(name), old);
            byte[] before = System.IO.File.ReadAllBytes(File(name));
            Assert.Throws<OperationCanceledException>(() => ImageFile.Write(
                File(name), Pictures.Random(5, 3, 3, SampleType.UInt8, 2), cancellationToken: new CancellationToken(canceled: true)));
            Assert.Throws<ArgumentException>(() => ImageFile.Write(File(name),
                Pictures.Random(5, 3, name is "a.png" ? 3 : 4, name is "a.pfm" ? SampleType.UInt8 : SampleType.Float32, 2)));
            Assert.Equal(before, System.IO.File.ReadAllBytes(File(name)));
            Assert.Equal([File(name)], Directory.GetFiles(_folder));
            System.IO.File.Delete(File(name));
        }
    }

    [Fact]
    public void A_name_can_be_checked_before_there_is_a_picture()
    {
        ImageFile.ThrowIfNotWritable(File("a.PNG"));
        Assert.StartsWith($"{File("a.txt")}: the extension '.txt' is none that can be written",
            Assert.Throws<ArgumentException>(() => ImageFile.ThrowIfNotWritable(File("a.txt"))).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => ImageFile.ThrowIfNotWritable(Path.Combine(_folder, "none", "a.png")));
        Directory.CreateDirectory(File("folder.png"));
        Assert.Throws<IOException>(() => ImageFile.ThrowIfNotWritable(File("folder.png")));
        Assert.Equal([File("folder.png")], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        string path = Path.Combine(_folder, "none", "a.png");
        var e = Assert.Throws<DirectoryNotFoundException>(() => ImageFile.Write(path, new ImageBuffer(1, 1, 1)));
        Assert.Equal($"{path}: the folder {Path.Combine(_folder, "none")} does not exist", e.Message);
    }

    [Fact]
    public void Reading_can_be_cancelled()
    {
        foreach (string name in new[] { "a.png", "a.bmp", "a.ppm", "a.pfm" })
        {
            ImageFile.Write(File(name), Pictures.Random(5, 3, 3, SampleType.UInt8, 1));
            Assert.Throws<OperationCanceledException>(() => ImageFile.Read(
                File(name), cancellationToken: new CancellationToken(canceled: true)));
        }
    }
}
