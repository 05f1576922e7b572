using System.Globalization;

namespace Upstride.Onnx.Format;

/// <summary>The files beside a model that hold its larger tensors. A path that leaves the model's folder is refused.</summary>
/// <param name="folder">The model's folder.</param>
internal sealed class ExternalFiles(string folder)
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;

    /// <summary>The bytes of one tensor.</summary>
    /// <param name="tensor">Has the keys <c>location</c> and optionally <c>offset</c> and <c>length</c>.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="length">The bytes that its type and shape need.</param>
    /// <exception cref="OnnxFormatException">The keys are missing or wrong, the file is outside, missing or too short.</exception>
    public byte[] Read(TensorProto tensor, string name, long length)
    {
        string? location = Value(tensor, "location");
        if (string.IsNullOrEmpty(location)) throw new OnnxFormatException($"{name} lies in an external file that has no location");
        long offset = Number(tensor, "offset", name) ?? 0;
        if (Number(tensor, "length", name) is { } stated && stated != length)
            throw new OnnxFormatException($"{name} needs {length} bytes, and its external file states {stated}");
        string path = Resolve(location, name);
        try
        {
            // A pipe or a device, which might never answer, has no length: it is refused by that, before it is opened.
            long available = new FileInfo(path).Length;
            if (length == 0) return [];
            if (offset > available || length > available - offset)
            {
                throw new OnnxFormatException(available == 0
                    ? $"{name} needs {length} bytes from {offset} on, and its external file '{location}' holds none: it must be a "
                    + $"regular file"
                    : $"{name} needs {length} bytes from {offset} on, and its external file '{location}' has {available}");
            }
            using FileStream stream = File.OpenRead(path);
            if (length > Array.MaxLength) throw new OnnxFormatException($"{name} needs {length} bytes, more than {Array.MaxLength}");
            stream.Position = offset;
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new OnnxFormatException($"{name}: its external file '{location}' cannot be read: {fault.Message}", inner: fault);
        }
    }

    // Links are followed before the path is judged, so that none leads outside.
    private string Resolve(string location, string name)
    {
        try
        {
            string path = Path.GetFullPath(Path.Combine(_root, location));
            if (!Path.IsPathRooted(location) && IsInside(path, _root))
            {
                if (!File.Exists(path)) throw new OnnxFormatException($"{name}: its external file '{location}' is not there");
                if (IsInside(Real(path), Real(_root) + Path.DirectorySeparatorChar)) return path;
            }
        }
        catch (Exception fault) when (fault is ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new OnnxFormatException($"{name}: its external file '{location}' cannot be read: {fault.Message}", inner: fault);
        }
        throw new OnnxFormatException($"{name}: its external file '{location}' is outside the model's folder, and must be inside");
    }

    private static bool IsInside(string path, string root) => path.StartsWith(root, StringComparison.Ordinal);

    // The path with every link on the way replaced by its target.
    private static string Real(string path)
    {
        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path));
        if (parent is null) return Path.TrimEndingDirectorySeparator(path);
        string full = Path.Combine(Real(parent), Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));
        FileSystemInfo info = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        return info.ResolveLinkTarget(returnFinalTarget: true) is { } target ? Real(target.FullName) : full;
    }

    private static string? Value(TensorProto tensor, string key) =>
        tensor.ExternalData.LastOrDefault(entry => string.Equals(entry.Key, key, StringComparison.Ordinal))?.Value;

    private static long? Number(TensorProto tensor, string key, string name) => Value(tensor, key) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw new OnnxFormatException($"{name}: the {key} of its external file is '{text}', and must be a number of bytes");
}
