using System.IO.Enumeration;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>A picture to read and where its larger one goes.</summary>
internal sealed record PictureFile(string Source, string Target);

/// <summary>Finds the pictures that the arguments mean: files, folders, and patterns with * and ? in the last part.</summary>
internal static class PictureFiles
{
    /// <summary>The pictures, each once, in the arguments' order and by name within a folder.</summary>
    /// <param name="inputs">Files, folders, patterns.</param>
    /// <param name="output">A file where one file is given, unless it is a folder; else a folder, made where it is missing.</param>
    public static IReadOnlyList<PictureFile> Find(IReadOnlyList<string> inputs, string output)
    {
        bool one = inputs is [var only] && !Directory.Exists(only) && !IsPattern(only);
        if (one && !Directory.Exists(output) && !Path.EndsInDirectorySeparator(output)) return [new(inputs[0], output)];
        string[] sources = [.. inputs.SelectMany(Expand).DistinctBy(Path.GetFullPath, StringComparer.Ordinal)];
        if (!one && File.Exists(output))
            throw CommandException.BadInput("output", $"{output}: it is a file, and {sources.Length} pictures need a folder: name one, which is made where it is missing");
        PictureFile[] files = [.. sources.Select(source => new PictureFile(source, Path.Combine(output, TargetName(source))))];
        foreach (IGrouping<string, PictureFile> same in files.GroupBy(static file => file.Target, StringComparer.Ordinal))
        {
            if (same.Skip(1).Any())
                throw CommandException.BadInput("picture", $"{string.Join(" and ", same.Select(static file => file.Source))} would both be written to {same.Key}: give them one at a time");
            if (string.Equals(Path.GetFullPath(same.First().Source), Path.GetFullPath(same.Key), StringComparison.Ordinal))
                throw CommandException.BadInput("output", $"{same.Key} would be replaced by the larger picture: name another folder");
        }
        return files;
    }

    // PNG holds every form of picture but floats, and loses nothing.
    private static string TargetName(string source) =>
        Path.ChangeExtension(Path.GetFileName(source), string.Equals(Path.GetExtension(source), ".pfm", StringComparison.OrdinalIgnoreCase) ? ".pfm" : ".png");

    private static IEnumerable<string> Expand(string input)
    {
        if (Directory.Exists(input))
            return InFolder(input, ImageFile.IsNamedAsPicture, $"{input}: there is no picture in it (a file that ends in {string.Join(' ', ImageFile.Extensions)})");
        if (!IsPattern(input)) return [input];
        string folder = Path.GetDirectoryName(input) ?? "", pattern = Path.GetFileName(input);
        if (folder.AsSpan().ContainsAny('*', '?'))
            throw CommandException.BadInput("picture", $"{input}: * and ? may stand in the file's name, not in the folder's");
        return InFolder(folder, name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false), $"{input}: no file has such a name");
    }

    // Names that begin with a dot are hidden, as from a shell's patterns.
    private static string[] InFolder(string folder, Func<string, bool> takes, string nothing)
    {
        string[] names = CommandException.OnFile("picture", () => Directory.GetFiles(folder.Length == 0 ? "." : folder)
            .Select(static file => Path.GetFileName(file)).Where(name => name[0] != '.' && takes(name)).Order(StringComparer.Ordinal).ToArray());
        return names.Length > 0 ? [.. names.Select(name => Path.Combine(folder, name))] : throw new CommandException(ExitCode.File, "picture", nothing);
    }

    // A file may have such a name all the same.
    private static bool IsPattern(string input) => input.AsSpan().ContainsAny('*', '?') && !File.Exists(input);
}
