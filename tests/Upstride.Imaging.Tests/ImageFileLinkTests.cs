namespace Upstride.Imaging.Tests;

public sealed class ImageFileLinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void A_picture_goes_through_a_link_too()
    {
        ImageBuffer image = Pictures.Random(5, 3, 3, SampleType.UInt8, 1);
        ImageFile.Write(At("target.png"), Pictures.Random(4, 4, 1, SampleType.UInt8, 2));
        File.CreateSymbolicLink(At("link.png"), At("target.png"));
        ImageFile.Write(At("link.png"), image);
        Pictures.AssertSame(image, ImageFile.Read(At("target.png")), "target.png");
        Assert.NotNull(new FileInfo(At("link.png")).LinkTarget);
    }

    [Fact]
    public void A_picture_goes_to_a_device_behind_a_link()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "needs /dev/null");
        File.CreateSymbolicLink(At("link.png"), "/dev/null");
        ImageFile.Write(At("link.png"), new ImageBuffer(2, 2, 3));
        Assert.Empty(File.ReadAllBytes("/dev/null"));
        Assert.Equal([At("link.png")], Directory.GetFileSystemEntries(_folder));
    }
}
