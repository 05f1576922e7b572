using System.Numerics;

namespace Upstride.Learning.Saving;

/// <summary>The parameters and buffers of a module as a safetensors file, under their full names: PyTorch's state dictionary.</summary>
public static class ModuleFile
{
    /// <summary>Writes the module's file, whole or not at all.</summary>
    /// <param name="module">Any module.</param>
    /// <param name="path">One that exists is replaced.</param>
    /// <param name="metadata">Texts to keep with it.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save<T>(this Module<T> module, string path, IEnumerable<KeyValuePair<string, string>>? metadata = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T> => Writer(module, metadata).Write(path, cancellationToken);

    /// <summary>Writes the module's file to a stream, which stays open.</summary>
    /// <param name="module">Any module.</param>
    /// <param name="stream">Receives the file.</param>
    /// <param name="metadata">Texts to keep with it.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    public static void Save<T>(this Module<T> module, Stream stream, IEnumerable<KeyValuePair<string, string>>? metadata = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T> => Writer(module, metadata).Write(stream, cancellationToken);

    /// <summary>Reads all parameters and buffers of a module; numbers stored in another type are converted.</summary>
    /// <param name="module">Where they go. Where the file does not fit it, nothing is changed.</param>
    /// <param name="path">A safetensors file.</param>
    /// <param name="cancellationToken">Asked every 64 KiB; where it is cancelled, some parameters have been read and others not.</param>
    /// <exception cref="SafetensorsException">It is no safetensors file, or not of this module; the message lists all that is missing,
    /// unexpected or of another shape.</exception>
    /// <exception cref="IOException">It cannot be opened or read at all.</exception>
    public static void Load<T>(this Module<T> module, string path, CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        module.Load(reader, cancellationToken);
    }

    /// <summary>As with a path, from a file that is open.</summary>
    /// <param name="module">Where they go. Where the file does not fit it, nothing is changed.</param>
    /// <param name="reader">The file.</param>
    /// <param name="cancellationToken">Asked every 64 KiB; where it is cancelled, some parameters have been read and others not.</param>
    /// <exception cref="SafetensorsException">It is not of this module; the message lists all that is missing, unexpected or of another
    /// shape.</exception>
    public static void Load<T>(this Module<T> module, SafetensorsReader reader, CancellationToken cancellationToken = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(reader);

        // PyTorch counts the batches of a batch normalisation for the one setting that averages all alike; nothing else depends on it.
        Table(module).Read(reader, exactTypes: false, static name => name.Split('.')[^1] is "num_batches_tracked", cancellationToken);
    }

    /// <summary>Adds everything that a module consists of.</summary>
    /// <param name="table">Where it goes.</param>
    /// <param name="prefix">What is before every name.</param>
    /// <param name="module">Any module.</param>
    internal static void AddModule<T>(this StateTable table, string prefix, Module<T> module) where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach ((string name, Parameter<T> parameter) in module.NamedParameters().Concat(module.NamedBuffers()))
        {
            // Only what is loaded counts as given: Values tells the parameter so.
            table.Add(prefix + name, parameter.Shape.AsSpan(), () => parameter.Elements, () => _ = parameter.Values);
        }
    }

    private static StateTable Table<T>(Module<T> module) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(module);
        var table = new StateTable();
        table.AddModule("", module);
        return table;
    }

    private static SafetensorsWriter Writer<T>(Module<T> module, IEnumerable<KeyValuePair<string, string>>? metadata)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var writer = new SafetensorsWriter();
        Table(module).AddTo(writer);
        foreach ((string key, string text) in metadata ?? []) writer.Metadata[key] = text;
        return writer;
    }
}
