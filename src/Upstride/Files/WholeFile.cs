using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Upstride.Files;

/// <summary>A file written whole or not at all: the data goes to a temporary file in the same folder, which takes the
/// final name at <see cref="Commit"/>; without it <see cref="Dispose"/> removes the temporary file, and a file that was
/// there before is untouched.</summary>
/// <remarks>A symbolic link stays, and the file that it points to is replaced, keeping its permissions. A device or a named pipe cannot be
/// replaced by a file: what is committed is copied into it. Temporary files that a killed run left of the same output are removed by the
/// next one.</remarks>
public sealed class WholeFile : IDisposable
{
    private const int Attempts = 10;

    private readonly string _path;
    private readonly string _target;
    private readonly bool _isStream;
    private FileStream? _stream;

    /// <summary>Prepares to write <paramref name="path"/>; nothing is created yet.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder.</exception>
    public WholeFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new IOException($"{path}: it is a folder: name a file in it");
        (_path, _target) = (path, Path.GetFullPath(path));
        _isStream = IsDevice(_target);
        if (!_isStream && File.Exists(_target))
        {
            if (File.ResolveLinkTarget(_target, returnFinalTarget: true) is { } end) _target = end.FullName;
            _isStream = IsDevice(_target) || IsPipe(_target);
        }
        Folder = _isStream ? Path.GetTempPath() : Path.GetDirectoryName(_target)!;
        if (!Directory.Exists(Folder)) throw new DirectoryNotFoundException($"{path}: the folder {Folder} does not exist");

        // The extension is kept, because programs that write the file for us go by it.
        TemporaryPath = Path.Combine(Folder, $"{Prefix}{Path.GetRandomFileName()}{Suffix}");
    }

    /// <summary>Where the data goes until <see cref="Commit"/>.</summary>
    public string TemporaryPath { get; }

    /// <summary>The temporary file, opened at the first use.</summary>
    public Stream Stream => _stream ??= Create();

    private string Folder { get; }

    // The same for every run with this output, so that a later one finds what an earlier one left; short, however long the name is.
    private string Prefix => $".upstride-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_target)).AsSpan(0, 8))}-";

    private string Suffix => $".tmp{Path.GetExtension(_path)}";

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
        try
        {
            write(file.Stream);
            cancellationToken.ThrowIfCancellationRequested();
            file.Commit();
        }
        catch (IOException fault) when (fault.Message.Contains(file.TemporaryPath, StringComparison.Ordinal))
        {
            throw file.Named(fault);
        }
    }

    /// <summary>Gives the finished file its name, replacing what had it.</summary>
    public void Commit()
    {
        try
        {
            _stream?.Flush();
            if (!_isStream)
            {
                // Closed only when it has its name: what is closed looks abandoned to another run of the same output.
                if (!OperatingSystem.IsWindows() && File.Exists(_target))
                    File.SetUnixFileMode(TemporaryPath, File.GetUnixFileMode(_target));
                File.Move(TemporaryPath, _target, overwrite: true);
                _stream?.Dispose();
                return;
            }
            _stream?.Dispose();
            using FileStream from = File.OpenRead(TemporaryPath);
            using var device = new FileStream(_target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            from.CopyTo(device);
        }
        catch (IOException fault) when (fault.Message.Contains(TemporaryPath, StringComparison.Ordinal))
        {
            throw Named(fault);
        }
    }

    /// <summary>Removes the temporary file where it was not committed.</summary>
    public void Dispose()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (IOException)
        {
            // What could not be flushed is thrown away with the file; where it mattered, Commit has said so.
        }
        finally
        {
            if (File.Exists(TemporaryPath)) File.Delete(TemporaryPath);
        }
    }

    private FileStream Create()
    {
        RemoveAbandoned();
        var options = new FileStreamOptions
        {
            // Shared, so that another program can write the file for us; the lock tells other runs that it is in use.
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 1 << 16,
        };

        // Nobody may read the new content before the old permissions are set.
        if (!OperatingSystem.IsWindows() && !_isStream && File.Exists(_target))
            options.UnixCreateMode = File.GetUnixFileMode(_target) | UnixFileMode.UserWrite;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // Until it is locked, another run of the same output may take it for abandoned.
                var stream = new FileStream(TemporaryPath, options);
                if (attempt == Attempts || File.Exists(TemporaryPath)) return stream;
                stream.Dispose();
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Yield();
            }
        }
    }

    // A temporary file that can be opened alone is not being written by anybody.
    private void RemoveAbandoned()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, $"{Prefix}*{Suffix}"))
        {
            try
            {
                using var alone = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(file);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // It is in use, or not ours to remove.
            }
        }
    }

    private IOException Named(IOException fault) => new(fault.Message.Replace(TemporaryPath, _path, StringComparison.Ordinal), fault);

    // Everything in /dev but the files of the memory file system there.
    private static bool IsDevice(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    // Nothing of .NET tells a file's kind without opening it but the writer of tar archives; and to open a pipe, even for a moment, is the
    // end of the file to whoever waits to read from it.
    private static bool IsPipe(string path)
    {
        if (OperatingSystem.IsWindows()) return false;
        try
        {
            if (new FileInfo(path).Length > 0) return false;
            using var archive = new MemoryStream();
            using (var writer = new TarWriter(archive, leaveOpen: true)) writer.WriteEntry(path, entryName: "file");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType == TarEntryType.Fifo;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
