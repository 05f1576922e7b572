using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>
/// Where the outputs of several files go: to a file for each, or joined into one. All files are there once all are made, or none.
/// </summary>
internal sealed class JoinedTargets : IDisposable
{
    private readonly Dictionary<string, string[]> _paths;
    private readonly Dictionary<string, List<OnnxTensor>> _whole;
    private readonly List<WholeFile> _files = [];
    private readonly List<string> _folders = [];
    private bool _isKept;

    /// <param name="sources">The files that go in.</param>
    /// <param name="kept">For each output a folder, a name for each file, or one of an array.</param>
    /// <param name="format">The extension of what goes to a folder.</param>
    /// <exception cref="CommandException">Something else is named, a file twice, or one that cannot be written.</exception>
    public JoinedTargets(string[] sources, Dictionary<string, List<string>> kept, string format)
    {
        _paths = kept.ToDictionary(static output => output.Key, output => Paths(sources, output.Value, format), StringComparer.Ordinal);
        _whole = kept.Keys.Where(IsWhole).ToDictionary(static name => name, static _ => new List<OnnxTensor>(), StringComparer.Ordinal);
        string[] all = [.. _paths.Values.SelectMany(static paths => paths)];
        if (all.GroupBy(Path.GetFullPath, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw CommandException.BadInput("output",
                $"'{twice.First()}' would be written twice: give each output a folder or names of its own");
        try
        {
            foreach (string folder in kept.Values.Where(values => IsFolder(values, sources.Length)).Select(static values => values[0]))
            {
                if (Directory.Exists(folder)) continue;
                CommandException.OnFile("output", () => Directory.CreateDirectory(folder));
                _folders.Add(folder);
            }
            foreach (string path in all.Where(RunCommand.IsPicture))
                CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(path));
        }
        catch
        {
            Dispose();
            throw;
        }

        bool IsWhole(string name) => _paths[name].Length == 1 && sources.Length > 1;
    }

    /// <summary>What was written, in the order of the files.</summary>
    public List<RunOutput> Written { get; } = [];

    /// <summary>The outputs that are kept.</summary>
    public IEnumerable<string> Names => _paths.Keys;

    /// <summary>Whether an output goes into one file.</summary>
    public bool IsJoined(string name) => _whole.ContainsKey(name);

    /// <summary>Keeps a part of an output that goes into one file.</summary>
    public void Add(string name, OnnxTensor part)
    {
        if (_whole[name] is [var first, ..] && (part.Shape.Length == 0 || !part.Shape.Skip(1).SequenceEqual(first.Shape.Skip(1))))
            throw CommandException.BadInput("output",
                $"output '{name}' is {first} of some files and {part} of others, which one array cannot hold: give a folder");
        _whole[name].Add(part);
    }

    /// <summary>Writes an output of one of the files, which is not there before <see cref="Commit"/>.</summary>
    /// <param name="name">The output.</param>
    /// <param name="index">The file's place.</param>
    /// <param name="tensor">What it is.</param>
    /// <param name="picture">It as a picture.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public void Write(string name, int index, OnnxTensor tensor, Func<ImageBuffer> picture, CancellationToken cancellation)
    {
        string path = _paths[name][index];
        if (!RunCommand.IsPicture(path))
        {
            WriteArray(name, path, tensor, cancellation);
            return;
        }
        ImageBuffer image = picture();
        Open(name, path, tensor, stream => ImageFile.Write(stream, image, ImageFile.FormatOf(path), new() { AllowFfmpeg = true },
            cancellation));
    }

    /// <summary>Gives all files their names.</summary>
    public void Commit(CancellationToken cancellation)
    {
        foreach ((string name, List<OnnxTensor> parts) in _whole)
            WriteArray(name, _paths[name][0], TensorFile.Join(parts), cancellation);
        cancellation.ThrowIfCancellationRequested();
        foreach (WholeFile file in _files) CommandException.OnFile("output", file.Commit);
        _isKept = true;
    }

    /// <summary>Removes what has no name yet, and the folders that were made for it.</summary>
    public void Dispose()
    {
        foreach (WholeFile file in _files) file.Dispose();
        if (_isKept) return;
        foreach (string folder in _folders)
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }

    private void WriteArray(string name, string path, OnnxTensor tensor, CancellationToken cancellation) =>
        Open(name, path, tensor, stream => NpyFile.Write(stream, TensorFile.ToArray(tensor), cancellation));

    private void Open(string name, string path, OnnxTensor tensor, Action<Stream> write) => CommandException.OnFile("output", () =>
    {
        var file = new WholeFile(path);
        _files.Add(file);
        write(file.Stream);
        Written.Add(RunOutput.Of(name, path, tensor));
    });

    private static string[] Paths(string[] sources, List<string> values, string format)
    {
        if (values.Count == sources.Length) return [.. values];
        if (values is [var array] && !RunCommand.IsPicture(array) && !Directory.Exists(array)) return [array];
        if (!IsFolder(values, sources.Length))
            throw CommandException.BadInput("output",
                $"{sources.Length} files go in, and {Count.Of(values.Count, "file")} would come out ('{values[0]}'): give a folder, a "
                + "name for each, or one .npy file for all");
        var naming = new PictureNaming(format, "", Recursive: false, Overwrites: false);
        IReadOnlyList<PictureFile> files = PictureFiles.Find(sources, values[0], naming).Files;
        return files.Count == sources.Length ? [.. files.Select(static file => file.Target)]
            : throw CommandException.BadInput("input",
                $"{sources.Length} files are given, and {files.Count} of them are different files: give each once");
    }

    private static bool IsFolder(List<string> values, int sources) => values.Count == 1 && sources > 1
        && (Directory.Exists(values[0]) || Path.EndsInDirectorySeparator(values[0]) || !Path.HasExtension(values[0]));
}
