namespace Upstride.Imaging;

/// <summary>A file written whole or not at all: the data goes to a temporary file in the same folder, which takes the
/// final name at <see cref="Commit"/>; without it <see cref="Dispose"/> removes the temporary file, and a file that was
/// there before is untouched.</summary>
public sealed class WholeFile : IDisposable
{
    private readonly string path;
    private FileStream? stream;

    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public WholeFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(this.path) ?? throw new ArgumentException($"'{path}' is a folder, not a file", nameof(path));
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{path}: the folder {folder} does not exist");
        // The extension is kept, because programs that write the file for us go by it.
        TemporaryPath = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp{Path.GetExtension(path)}");
    }

    /// <summary>Where the data goes until <see cref="Commit"/>.</summary>
    public string TemporaryPath { get; }

    /// <summary>The temporary file, opened at the first use.</summary>
    public Stream Stream => stream ??= new FileStream(TemporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);

    /// <summary>Gives the finished file its name, replacing what had it.</summary>
    public void Commit()
    {
        stream?.Dispose();
        File.Move(TemporaryPath, path, overwrite: true);
    }

    /// <summary>Removes the temporary file where it was not committed.</summary>
    public void Dispose()
    {
        stream?.Dispose();
        if (File.Exists(TemporaryPath)) File.Delete(TemporaryPath);
    }
}
