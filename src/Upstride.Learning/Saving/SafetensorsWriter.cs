using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Upstride.Files;

namespace Upstride.Learning.Saving;

/// <summary>
/// Gathers tensors and writes them as a safetensors file. The same tensors and texts give the same bytes, in whatever order they came.
/// </summary>
/// <remarks>
/// Source: the format's description in the README of huggingface/safetensors. As there, large elements come first and the header is padded,
/// so
/// that all data is aligned.
/// </remarks>
public sealed class SafetensorsWriter
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The texts to write under __metadata__.</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Adds a tensor, whose elements are read when the file is written.</summary>
    /// <param name="name">Unique in the file.</param>
    /// <param name="shape">None for a single number.</param>
    /// <param name="elements">Row-major.</param>
    /// <exception cref="ArgumentException">The name is taken or reserved, or the shape does not have that many elements.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no element type of the format.</exception>
    public void Add<T>(string name, ReadOnlySpan<nint> shape, ReadOnlyMemory<T> elements) where T : unmanaged, INumberBase<T> =>
        Add(name, shape, () => elements.Span);

    /// <summary>Adds a tensor as a file stores it (<see cref="SafetensorsReader.ReadBytes"/>).</summary>
    /// <param name="name">Unique in the file.</param>
    /// <param name="type">Of its elements.</param>
    /// <param name="shape">None for a single number.</param>
    /// <param name="bytes">Row-major and little-endian; read when the file is written.</param>
    /// <exception cref="ArgumentException">The name is taken or reserved, the type is unknown, or the shape does not have that many
    /// bytes.</exception>
    public void Add(string name, SafetensorsType type, ReadOnlySpan<nint> shape, ReadOnlyMemory<byte> bytes)
    {
        if (!Enum.IsDefined(type)) throw new ArgumentException($"type = {type}, which the format does not know", nameof(type));
        RequireNew(name);
        long length = type.Size();
        foreach (nint one in shape) length = checked(length * one);
        if (length != bytes.Length)
            throw new ArgumentException(
                $"shape {SafetensorsTensor.Text(shape)} of {type} has {length} bytes, and bytes {bytes.Length}: both must be equal",
                    nameof(bytes));
        _entries.Add(name, new StoredEntry(name, type, [.. shape], bytes));
    }

    /// <summary>As the first, of elements that no <see cref="ReadOnlyMemory{T}"/> holds.</summary>
    internal void Add<T>(string name, ReadOnlySpan<nint> shape, Func<ReadOnlySpan<T>> elements) where T : unmanaged
    {
        RequireNew(name);
        nint length = 1;
        foreach (nint one in shape) length = checked(length * one);
        if (length != elements().Length)
            throw new ArgumentException(
                $"shape {SafetensorsTensor.Text(shape)} has {length} elements, and elements {elements().Length}: both must be equal",
                    nameof(elements));
        _entries.Add(name, new Entry<T>(name, [.. shape], (int)length, elements));
    }

    private void RequireNew(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is SafetensorsHeader.MetadataName)
            throw new ArgumentException($"name = {name}, which the format reserves: choose another", nameof(name));
        if (_entries.ContainsKey(name))
            throw new ArgumentException($"name = {name}, which was added before: names must differ", nameof(name));
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">One that exists is replaced.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string path, CancellationToken cancellationToken = default) =>
        WholeFile.Write(
            path,
            stream =>
            {
                Write(stream, cancellationToken);

                // Else a power cut could leave the new name on data that never reached the disk.
                if (stream is FileStream file) file.Flush(flushToDisk: true);
            },
            cancellationToken);

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <param name="stream">Receives the file.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    public void Write(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Entry[] ordered = [.. _entries.Values.OrderByDescending(static entry => entry.Type.Size())];
        byte[] header = Header(ordered);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (Entry entry in ordered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            entry.Write(stream);
        }
    }

    private byte[] Header(Entry[] ordered)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataName);
                foreach ((string key, string text) in Metadata) json.WriteString(key, text);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (Entry entry in ordered)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.ToString());
                json.WriteStartArray("shape");
                foreach (nint length in entry.Shape) json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += entry.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % SafetensorsHeader.PrefixLength != 0) buffer.WriteByte((byte)' ');
        return buffer.Length <= SafetensorsHeader.MaximalLength
            ? buffer.ToArray()
            : throw new InvalidOperationException(
            $"the header has {buffer.Length} bytes, and must have at most {SafetensorsHeader.MaximalLength}: write fewer or shorter names");
    }

    private abstract class Entry(string name, SafetensorsType type, ImmutableArray<nint> shape)
    {
        public string Name { get; } = name;

        public SafetensorsType Type { get; } = type;

        public ImmutableArray<nint> Shape { get; } = shape;

        public abstract long ByteLength { get; }

        public abstract void Write(Stream stream);
    }

    private sealed class Entry<T>(string name, ImmutableArray<nint> shape, int length, Func<ReadOnlySpan<T>> elements)
        : Entry(name, SafetensorsTypes.Of<T>(), shape) where T : unmanaged
    {
        // The elements that one span of bytes can hold, and a copy in another byte order should.
        private const int ChunkLength = 1 << 16;

        public override long ByteLength => (long)length * Type.Size();

        public override void Write(Stream stream)
        {
            for (ReadOnlySpan<T> rest = elements(); rest.Length > 0;)
            {
                ReadOnlySpan<T> chunk = rest[..Math.Min(rest.Length, ChunkLength)];
                rest = rest[chunk.Length..];
                ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(chunk);
                if (!BitConverter.IsLittleEndian)
                {
                    byte[] reordered = bytes.ToArray();
                    LittleEndian.Reorder(reordered, Type.Size());
                    bytes = reordered;
                }
                stream.Write(bytes);
            }
        }
    }

    private sealed class StoredEntry(string name, SafetensorsType type, ImmutableArray<nint> shape, ReadOnlyMemory<byte> bytes)
        : Entry(name, type, shape)
    {
        public override long ByteLength => bytes.Length;

        public override void Write(Stream stream) => stream.Write(bytes.Span);
    }
}
