namespace Upstride.Files;

/// <summary>A file written whole or not at all: the data goes to a temporary file in the same folder, which takes the
/// final name at <see cref="Commit"/>; without it <see cref="Dispose"/> removes the temporary file, and a file that was
/// there before is untouched.</summary>
/// <remarks>A symbolic link stays, and the file that it points to is replaced. A device cannot be replaced by a file: what is
/// committed is copied into it.</remarks>
public sealed class WholeFile : IDisposable
{
    private readonly string target;
    private readonly bool toDevice;
    private FileStream? stream;

    /// <summary>Prepares to write <paramref name="path"/>; nothing is created yet.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder.</exception>
    public WholeFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new IOException($"{path}: it is a folder: name a file in it");
        target = Path.GetFullPath(path);
        toDevice = IsDevice(target);
        if (!toDevice && File.Exists(target) && File.ResolveLinkTarget(target, returnFinalTarget: true) is { } end)
        {
            target = end.FullName;
            toDevice = IsDevice(target);
        }
        string folder = toDevice ? Path.GetTempPath() : Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{path}: the folder {folder} does not exist");

        // The extension is kept, because programs that write the file for us go by it.
        TemporaryPath = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp{Path.GetExtension(path)}");
    }

    /// <summary>Where the data goes until <see cref="Commit"/>.</summary>
    public string TemporaryPath { get; }

    /// <summary>The temporary file, opened at the first use.</summary>
    public Stream Stream => stream ??= new FileStream(TemporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);

    /// <summary>Writes <paramref name="path"/> whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content; called once. What it throws leaves the older file of that name as it was.</param>
    /// <param name="cancellationToken">Asked before, and once more before the file takes its name.</param>
    /// <exception cref="IOException">The folder is missing, or the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        cancellationToken.ThrowIfCancellationRequested();
        using var file = new WholeFile(path);
        write(file.Stream);
        cancellationToken.ThrowIfCancellationRequested();
        file.Commit();
    }

    /// <summary>Gives the finished file its name, replacing what had it.</summary>
    public void Commit()
    {
        stream?.Dispose();
        if (!toDevice)
        {
            File.Move(TemporaryPath, target, overwrite: true);
            return;
        }
        using FileStream from = File.OpenRead(TemporaryPath);
        using var device = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        from.CopyTo(device);
    }

    /// <summary>Removes the temporary file where it was not committed.</summary>
    public void Dispose()
    {
        stream?.Dispose();
        if (File.Exists(TemporaryPath)) File.Delete(TemporaryPath);
    }

    // Everything in /dev but the files of the memory file system there.
    private static bool IsDevice(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);
}
