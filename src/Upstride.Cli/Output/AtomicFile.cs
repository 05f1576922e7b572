using Upstride.Imaging;

namespace Upstride.Cli.Output;

/// <summary>Writes a file whole or not at all, wherever its name leads: through a link, or to a device.</summary>
internal static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/>; whatever goes wrong, an older file of that name stays as it was.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content; called once.</param>
    /// <param name="cancellation">Asked once more before the file takes its name.</param>
    /// <exception cref="IOException">The folder is missing, or the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();

        // What a link points to is replaced, not the link.
        string target = Path.GetFullPath(File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } end ? end.FullName : path);
        if (Directory.Exists(target)) throw new IOException($"'{path}' is a folder: name a file in it");

        // A device cannot be replaced by a file, and must not be.
        if (target.StartsWith("/dev/", StringComparison.Ordinal))
        {
            using var device = new FileStream(target, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        using var file = new WholeFile(target);
        write(file.Stream);
        cancellation.ThrowIfCancellationRequested();
        file.Commit();
    }
}
