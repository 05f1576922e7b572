using Upstride.Files;

namespace Upstride.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void A_failing_write_leaves_the_old_content_and_no_other_file()
    {
        File.WriteAllText(At("y"), "old");
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(
            At("y"),
            stream =>
            {
                stream.Write("half"u8);
                throw new InvalidOperationException();
            }));
        Assert.Equal("old", File.ReadAllText(At("y")));
        Assert.Equal([At("y")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_cancellation_while_writing_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => WholeFile.Write(At("y"), _ => cancellation.Cancel(), cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Several_writers_of_one_file_leave_one_whole()
    {
        const int writers = 4, times = 250, length = 3000;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() =>
        {
            byte[] content = new byte[length];
            content.AsSpan().Fill((byte)writer);
            for (int time = 0; time < times; time++) WholeFile.Write(At("y"), stream => stream.Write(content));
        })));
        byte[] left = File.ReadAllBytes(At("y"));
        Assert.Equal(length, left.Length);
        Assert.Single(left.Distinct());
        Assert.Equal([At("y")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_link_stays_and_its_target_is_replaced()
    {
        File.WriteAllText(At("target"), "old");
        File.CreateSymbolicLink(At("link"), At("target"));
        File.CreateSymbolicLink(At("link to link"), At("link"));
        WholeFile.Write(At("link to link"), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(At("target")));
        Assert.NotNull(new FileInfo(At("link")).LinkTarget);
        Assert.NotNull(new FileInfo(At("link to link")).LinkTarget);
        Assert.Equal(3, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public void A_link_to_nothing_yet_makes_its_target()
    {
        File.CreateSymbolicLink(At("link"), At("target"));
        WholeFile.Write(At("link"), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(At("target")));
        Assert.NotNull(new FileInfo(At("link")).LinkTarget);
    }

    [Fact]
    public void A_device_is_written_to_and_not_replaced()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "needs /dev/null");
        WholeFile.Write("/dev/null", stream => stream.Write("gone"u8));
        File.CreateSymbolicLink(At("link"), "/dev/null");
        WholeFile.Write(At("link"), stream => stream.Write("gone"u8));
        Assert.Empty(File.ReadAllBytes("/dev/null"));
        Assert.Equal([At("link")], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_file_in_shared_memory_is_a_file()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "needs /dev/shm");
        string path = Path.Combine("/dev/shm", Path.GetRandomFileName());
        try
        {
            WholeFile.Write(path, stream => stream.Write("new"u8));
            Assert.Equal("new", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_missing_folder_and_a_folder_as_file_are_refused()
    {
        Assert.Equal(
            $"{At("no/y")}: the folder {At("no")} does not exist",
            Assert.Throws<DirectoryNotFoundException>(() => WholeFile.Write(At("no/y"), _ => { })).Message);
        Assert.Equal($"{_folder}: it is a folder: name a file in it",
            Assert.Throws<IOException>(() => WholeFile.Write(_folder, _ => { })).Message);
    }

    [Fact]
    public void A_full_disk_leaves_nothing_and_the_message_names_the_file()
    {
        File.WriteAllText(At("y"), "old");
        IOException fault = Assert.Throws<IOException>(() => WholeFile.Write(At("y"), static stream =>
        {
            stream.Write(new byte[10]);
            throw new IOException($"No space left on device : '{((FileStream)stream).Name}'");
        }));
        Assert.Equal($"No space left on device : '{At("y")}'", fault.Message);
        Assert.Equal("old", File.ReadAllText(At("y")));
        Assert.Equal([At("y")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_cannot_be_flushed_is_removed_all_the_same()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        File.WriteAllText(At("y"), "old");
        var file = new WholeFile(At("y"));
        file.Stream.Write(new byte[10]);

        // Closed under its hands, the buffer cannot be written any more.
        ((FileStream)file.Stream).SafeFileHandle.Dispose();
        Record.Exception(file.Dispose);
        Assert.Equal("old", File.ReadAllText(At("y")));
        Assert.Equal([At("y")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Temporaries_of_killed_runs_are_swept_by_the_next_of_the_same_output_and_those_in_use_are_not()
    {
        var killed = new WholeFile(At("y.png"));
        string abandoned = killed.TemporaryPath, other;
        File.WriteAllText(abandoned, "half");
        using (var elsewhere = new WholeFile(At("z.png")))
        {
            other = elsewhere.TemporaryPath;
            File.WriteAllText(other, "half");
            using var inUse = new WholeFile(At("y.png"));
            inUse.Stream.Write("mine"u8);
            WholeFile.Write(At("y.png"), static stream => stream.Write("new"u8));
            Assert.False(File.Exists(abandoned));
            Assert.True(File.Exists(inUse.TemporaryPath));
            Assert.True(File.Exists(other));
        }
        Assert.Equal("new", File.ReadAllText(At("y.png")));
        Assert.Equal([At("y.png")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Permissions_of_a_replaced_file_are_kept()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs permissions of Unix");
            return;
        }
        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.WriteAllText(At("y"), "old");
        File.SetUnixFileMode(At("y"), mine);
        using (var file = new WholeFile(At("y")))
        {
            file.Stream.Write("new"u8);
            Assert.Equal(mine, File.GetUnixFileMode(file.TemporaryPath));
            file.Commit();
        }
        Assert.Equal(("new", mine), (File.ReadAllText(At("y")), File.GetUnixFileMode(At("y"))));
    }

    [Fact]
    public async Task Whoever_waits_to_read_from_a_pipe_is_not_disturbed_before_there_is_something()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo") || File.Exists("/bin/mkfifo"), "needs mkfifo");
        using (var make = System.Diagnostics.Process.Start("mkfifo", [At("pipe")])) await make.WaitForExitAsync();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> reading = Task.Run(() => File.ReadAllText(At("pipe")), cancellation);
        for (int i = 0; i < 5; i++)
        {
            await Task.Delay(20, cancellation);
            new WholeFile(At("pipe")).Dispose();
        }
        await Task.Delay(50, cancellation);
        Assert.False(reading.IsCompleted, "the reader was given an end of the file");
        WholeFile.Write(At("pipe"), static stream => stream.Write("through"u8), cancellation);
        Assert.Equal("through", await reading);
    }

    [Fact]
    public async Task A_pipe_is_written_to_and_stays_one()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo") || File.Exists("/bin/mkfifo"), "needs mkfifo");
        using (var make = System.Diagnostics.Process.Start("mkfifo", [At("pipe")])) await make.WaitForExitAsync();
        Task<string> reading = Task.Run(() => File.ReadAllText(At("pipe")));
        WholeFile.Write(At("pipe"), static stream => stream.Write("through"u8));
        Assert.Equal("through", await reading);
        using var pipe = new FileStream(At("pipe"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Assert.False(pipe.CanSeek);
        Assert.Equal([At("pipe")], Directory.GetFileSystemEntries(_folder));
    }
}
