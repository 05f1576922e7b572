using Upstride.Cli.Output;

namespace Upstride.Cli.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_failing_write_leaves_the_old_content_and_no_other_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("y.npy");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write("half"u8);
                throw new InvalidOperationException();
            },
            CancellationToken.None));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_cancellation_while_writing_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(folder.File("y"), _ => cancellation.Cancel(), cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_link_stays_and_its_target_is_replaced()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("target"), "old");
        File.CreateSymbolicLink(folder.File("link"), folder.File("target"));
        AtomicFile.Write(folder.File("link"), stream => stream.Write("new"u8), CancellationToken.None);
        Assert.Equal("new", File.ReadAllText(folder.File("target")));
        Assert.NotNull(new FileInfo(folder.File("link")).LinkTarget);
    }

    [Fact]
    public void A_device_is_written_to_and_not_replaced()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "needs /dev/null");
        AtomicFile.Write("/dev/null", stream => stream.Write("gone"u8), CancellationToken.None);
        Assert.Empty(File.ReadAllBytes("/dev/null"));
    }

    [Fact]
    public void A_missing_folder_and_a_folder_as_file_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"{folder.File("no/y")}: the folder {folder.File("no")} does not exist", Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(folder.File("no/y"), _ => { }, CancellationToken.None)).Message);
        Assert.Equal($"'{folder.Path}' is a folder: name a file in it", Assert.Throws<IOException>(() => AtomicFile.Write(folder.Path, _ => { }, CancellationToken.None)).Message);
    }
}
