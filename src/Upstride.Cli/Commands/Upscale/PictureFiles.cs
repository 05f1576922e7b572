using System.IO.Enumeration;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>A picture to read and where its larger one goes.</summary>
/// <param name="Source">A file, or <see cref="PictureFiles.Standard"/>.</param>
/// <param name="Target">A file, or <see cref="PictureFiles.Standard"/>.</param>
internal sealed record PictureFile(string Source, string Target)
{
    /// <summary>The source's name as it is shown: without its folder, and without what a terminal would obey.</summary>
    public string Name => Shown(Source == PictureFiles.Standard ? "standard input" : Path.GetFileName(Source));

    /// <summary>Text with control characters as escapes.</summary>
    public static string Shown(string text) =>
        string.Concat(text.Select(static character => char.IsControl(character) ? $"\\u{(int)character:x4}" : character.ToString()));
}

/// <summary>How targets are named.</summary>
/// <param name="Format">Their extension, with the point; null for the source's own where it can be written, else .png.</param>
/// <param name="Suffix">Follows the source's name.</param>
/// <param name="Recursive">Whether folders in folders are searched.</param>
/// <param name="Overwrites">Whether a source may be replaced.</param>
internal sealed record PictureNaming(string? Format, string Suffix, bool Recursive, bool Overwrites);

/// <summary>Finds the pictures that the arguments mean: files, folders, and patterns with * and ? in the last part.</summary>
internal sealed class PictureFiles
{
    /// <summary>The name of standard input and output.</summary>
    public const string Standard = "-";

    private readonly PictureNaming _naming;
    private readonly string _output;
    private readonly List<string> _passedOver = [];
    private int _folders;

    private PictureFiles(PictureNaming naming, string output) => (_naming, _output) = (naming, output);

    /// <summary>The pictures, each once, in the arguments' order and by name within a folder.</summary>
    /// <param name="inputs">Files, folders, patterns.</param>
    /// <param name="output">A file where one file is given, unless it is a folder; else a folder, made where it is missing.</param>
    /// <param name="naming">How targets are named.</param>
    /// <returns>The pictures, and what was passed over, in a line for a person; null where nothing was.</returns>
    public static (IReadOnlyList<PictureFile> Files, string? PassedOver) Find(
        IReadOnlyList<string> inputs, string output, PictureNaming naming)
    {
        var finder = new PictureFiles(naming, output);
        return (finder.Find(inputs), finder.PassedOver());
    }

    private PictureFile[] Find(IReadOnlyList<string> inputs)
    {
        bool one = inputs is [var only] && !Directory.Exists(only) && !IsPattern(only);
        if (one && (_output == Standard || (!Directory.Exists(_output) && !Path.EndsInDirectorySeparator(_output))))
            return [Checked(new(inputs[0], _output))];
        (string Source, string Folder)[] sources = [.. inputs.SelectMany(Expand).DistinctBy(
            static found => FullPath(found.Source), StringComparer.Ordinal)];
        if (_output == Standard)
            throw CommandException.BadInput(
                "output", $"standard output takes one picture, and there are {Pictures(sources.Length)}: name a folder");
        if (!one && File.Exists(_output))
            throw CommandException.BadInput(
                "output",
                $"{_output}: it is a file, and {(sources.Length == 1 ? "a picture that a folder or a pattern names "
                + "needs" : $"{sources.Length} pictures need")} a folder: name one, which is made where it is missing");
        return [.. Name(sources).Select(Checked)];
    }

    private PictureFile Checked(PictureFile file) =>
        !_naming.Overwrites && file.Target != Standard && string.Equals(
            FullPath(file.Source), FullPath(file.Target), StringComparison.Ordinal)
            ? throw CommandException.BadInput(
                "output",
                $"{file.Target} would be replaced by the larger picture: name another "
                + $"{(file.Target == _output ? "file" : "folder")}, or give --overwrite")
            : file;

    /// <summary>Targets, each of its own name: where two would have one, that whose extension is kept has it, and the others tell
    /// theirs.</summary>
    private IEnumerable<PictureFile> Name(IReadOnlyList<(string Source, string Folder)> sources)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var targets = new string[sources.Count];
        foreach (bool keeps in (bool[])[true, false])
        {
            for (int i = 0; i < targets.Length; i++)
            {
                string extension = TargetExtension(sources[i].Source), own = Path.GetExtension(sources[i].Source);
                if (string.Equals(extension, own, StringComparison.OrdinalIgnoreCase) != keeps) continue;
                string stem = sources[i].Source == Standard ? "picture" : Path.GetFileNameWithoutExtension(sources[i].Source);
                string folder = Path.Combine(_output, sources[i].Folder);
                targets[i] = Path.Combine(folder, stem + _naming.Suffix + extension);
                for (int number = 1; !taken.Add(targets[i]); number++)
                {
                    string told = own.TrimStart('.') + (number == 1 ? "" : $"-{number}");
                    targets[i] = Path.Combine(folder, $"{stem}-{told}{_naming.Suffix}{extension}");
                }
            }
        }
        return sources.Zip(targets, static (source, target) => new PictureFile(source.Source, target));
    }

    // PNG holds every form of picture but floats, and loses nothing.
    private string TargetExtension(string source)
    {
        string own = Path.GetExtension(source);
        return _naming.Format is { Length: > 0 } told ? told
            : _naming.Format is "" && ImageFile.IsNamedAsPicture(source) && ImageFile.CanWrite(ImageFile.FormatOf(source)) ? own
            : string.Equals(own, ".pfm", StringComparison.OrdinalIgnoreCase) ? ".pfm" : ".png";
    }

    private IEnumerable<(string Source, string Folder)> Expand(string input)
    {
        if (Directory.Exists(input))
        {
            (string, string)[] found = [.. InFolder(input, "", ImageFile.IsNamedAsPicture)];
            return found.Length > 0
                ? found
                : throw new CommandException(
                    ExitCode.File, "picture",
                    $"{input}: there is no picture in it (a file that ends in {string.Join(", ", ImageFile.Extensions)})"
                    + $"{(_folders > 0 ? "; --recursive searches the folders in it" : "")}");
        }
        if (!IsPattern(input)) return [(input, "")];
        string folder = Path.GetDirectoryName(input) ?? "", pattern = Path.GetFileName(input);
        if (folder.AsSpan().ContainsAny('*', '?'))
            throw CommandException.BadInput("picture", $"{input}: * and ? may be in the file's name, not in the folder's");
        int passed = _passedOver.Count, folders = _folders;
        (string, string)[] matching = [.. InFolder(folder, "", name =>
            FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))];

        // What a pattern does not name was not asked for.
        _passedOver.RemoveRange(passed, _passedOver.Count - passed);
        _folders = folders;
        return matching.Length > 0 ? matching : throw new CommandException(ExitCode.File, "picture", $"{input}: no file has such a name");
    }

    // Names that begin with a dot are hidden, as from a shell's patterns; links to folders are not followed, since they may lead back.
    private IEnumerable<(string Source, string Folder)> InFolder(string folder, string below, Func<string, bool> takes)
    {
        string here = Path.Combine(folder, below);
        (string[] files, string[] folders) = CommandException.OnFile("picture", () =>
            (Names(Directory.GetFiles(here.Length == 0 ? "." : here)), Names(Directory.GetDirectories(here.Length == 0 ? "." : here))));
        var found = new List<(string, string)>();
        foreach (string name in files)
        {
            if (takes(name)) found.Add((Path.Combine(here, name), below));
            else _passedOver.Add(Path.Combine(below, name));
        }
        foreach (string name in folders)
        {
            string inner = Path.Combine(here, name);
            if (!_naming.Recursive || new DirectoryInfo(inner).LinkTarget is not null) _folders++;
            else if (!string.Equals(FullPath(inner), FullPath(_output), StringComparison.Ordinal))
                found.AddRange(InFolder(folder, Path.Combine(below, name), takes));
        }
        return found;
    }

    private string? PassedOver()
    {
        const int most = 3;
        var parts = new List<string>();
        if (_passedOver.Count > 0)
        {
            string names = string.Join(", ", _passedOver.Take(most).Select(PictureFile.Shown));
            parts.Add($"{(_passedOver.Count == 1 ? "1 file" : $"{_passedOver.Count} "
                + "files")} not named as pictures ({names}{(_passedOver.Count > most ? ", ..." : "")})");
        }
        if (_folders > 0)
            parts.Add(_naming.Recursive ? $"{Folders(_folders)} behind links" : $"{Folders(_folders)} (--recursive searches them)");
        return parts.Count == 0 ? null : $"passed over: {string.Join(" and ", parts)}";
    }

    private static string[] Names(string[] paths) =>
        [.. paths.Select(static path => Path.GetFileName(path)).Where(static name => name[0] != '.').Order(StringComparer.Ordinal)];

    private static string Pictures(int count) => count == 1 ? "1 picture" : $"{count} pictures";

    private static string Folders(int count) => count == 1 ? "1 folder" : $"{count} folders";

    private static string FullPath(string path) => path == Standard ? path : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    // A file may have such a name all the same.
    private static bool IsPattern(string input) => input.AsSpan().ContainsAny('*', '?') && !File.Exists(input);
}
