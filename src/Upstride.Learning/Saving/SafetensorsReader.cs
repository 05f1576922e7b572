using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Upstride.Learning.Saving;

/// <summary>
/// Reads tensors by name from a safetensors file. The header is read and checked at once, a tensor's data when it is asked for.
/// </summary>
/// <remarks>Source: the format's description in the README of huggingface/safetensors. Not for two threads at once.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    // A multiple of every element's size; large enough that reading is the cost, small enough for the second cache.
    private const int ChunkBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly long _dataStart;
    private readonly SafetensorsHeader _header;

    /// <param name="stream">Stands at the file's first byte, holds the file and nothing after it, can seek, and stays open.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="settings">How much is read.</param>
    /// <exception cref="SafetensorsException">It is no valid safetensors file, or beyond the settings' limits.</exception>
    public SafetensorsReader(Stream stream, string name, SafetensorsReadSettings? settings = null)
        : this(stream, name, settings ?? new(), ownsStream: false)
    {
    }

    private SafetensorsReader(Stream stream, string name, SafetensorsReadSettings settings, bool ownsStream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        _stream = stream;
        _ownsStream = ownsStream;
        FileName = name;
        long start = stream.Position, total = stream.Length - start;
        byte[] json = ReadHeader(total, settings.MaximalHeaderBytes);
        _dataStart = start + SafetensorsHeader.PrefixLength + json.Length;
        long data = total - SafetensorsHeader.PrefixLength - json.Length;
        if (data > settings.MaximalTensorBytes)
            throw new SafetensorsException(FileName, null,
                $"its tensors take {data} bytes, and settings.MaximalTensorBytes = {settings.MaximalTensorBytes}: allow more");
        _header = SafetensorsHeaderReader.Read(json, data, name);
    }

    /// <summary>The file as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>The tensors in the order of their bytes.</summary>
    public ImmutableArray<SafetensorsTensor> Tensors => _header.Tensors;

    /// <summary>The texts under __metadata__; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">How much is read.</param>
    /// <exception cref="SafetensorsException">It is no valid safetensors file, or beyond the settings' limits.</exception>
    /// <exception cref="IOException">It cannot be opened or read at all.</exception>
    public static SafetensorsReader Open(string path, SafetensorsReadSettings? settings = null)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return new SafetensorsReader(file, path, settings ?? new(), ownsStream: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of a name; null where there is none.</summary>
    public SafetensorsTensor? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _header.ByName.GetValueOrDefault(name);
    }

    /// <summary>The elements of a tensor, row-major, converted where they are stored in another type.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, or it is not convertible: see the other overload.</exception>
    public T[] Read<T>(string name, CancellationToken cancellationToken = default) where T : unmanaged, INumberBase<T>
    {
        SafetensorsTensor tensor = Get(name);
        if (tensor.Length > Array.MaxLength)
            throw Fault(tensor, $"it has {tensor.Length} elements, and an array holds at most {Array.MaxLength}");
        T[] elements = new T[tensor.Length];
        Read(name, elements.AsSpan(), cancellationToken);
        return elements;
    }

    /// <summary>The elements of a tensor, row-major, converted where they are stored in another type: floating-point numbers and integers
    /// to
    /// floating-point numbers, rounded to the nearest; integers to integers that can hold them.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">As long as the tensor.</param>
    /// <param name="cancellationToken">Asked every 64 KiB.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, its length is another, it stores floating-point numbers and integers
    /// are
    /// asked for, or an integer does not fit.</exception>
    public void Read<T>(string name, Span<T> destination, CancellationToken cancellationToken = default) where T : unmanaged, INumberBase<T>
    {
        SafetensorsTensor tensor = Get(name);
        if (tensor.Length != destination.Length)
            throw Fault(tensor,
                $"shape {tensor.ShapeText} has {tensor.Length} elements, and destination {destination.Length}: both must be equal");
        if (tensor.Type.IsFloatingPoint() && !SafetensorsTypes.Of<T>().IsFloatingPoint())
            throw Fault(tensor, $"it stores {tensor.Type}, and {typeof(T).Name} cannot hold that: read it as a floating-point type");
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            _stream.Position = _dataStart + tensor.Offset;
            int size = tensor.Type.Size();
            while (destination.Length > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<byte> bytes = buffer.AsSpan(0, Math.Min(destination.Length, ChunkBytes / size) * size);
                _stream.ReadExactly(bytes);
                Convert(tensor.Type, bytes, destination[..(bytes.Length / size)]);
                destination = destination[(bytes.Length / size)..];
            }
        }
        catch (EndOfStreamException fault)
        {
            throw new SafetensorsException(FileName, name, "the file ended while it was read", fault);
        }
        catch (OverflowException fault)
        {
            throw new SafetensorsException(FileName, name, $"it stores {tensor.Type} with a number that {typeof(T).Name} cannot hold",
                fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A tensor as the file stores it: row-major, little-endian, in the type of <see cref="Find"/>.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, it is longer than an array can be, or the file ended.</exception>
    public byte[] ReadBytes(string name, CancellationToken cancellationToken = default)
    {
        SafetensorsTensor tensor = Get(name);
        if (tensor.ByteLength > Array.MaxLength)
            throw Fault(tensor, $"it has {tensor.ByteLength} bytes, and an array holds at most {Array.MaxLength}");
        byte[] bytes = new byte[tensor.ByteLength];
        try
        {
            _stream.Position = _dataStart + tensor.Offset;
            for (int at = 0; at < bytes.Length; at += ChunkBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _stream.ReadExactly(bytes.AsSpan(at, Math.Min(ChunkBytes, bytes.Length - at)));
            }
        }
        catch (EndOfStreamException fault)
        {
            throw new SafetensorsException(FileName, name, "the file ended while it was read", fault);
        }
        return bytes;
    }

    /// <summary>Closes the file that <see cref="Open"/> opened.</summary>
    public void Dispose()
    {
        if (_ownsStream) _stream.Dispose();
    }

    private byte[] ReadHeader(long total, int maximalLength)
    {
        if (total < SafetensorsHeader.PrefixLength)
            throw new SafetensorsException(FileName, null,
                $"it has {total} bytes, and must have at least {SafetensorsHeader.PrefixLength}: the header's length comes first");
        try
        {
            Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
            _stream.ReadExactly(prefix);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (length > (ulong)maximalLength)
                throw new SafetensorsException(FileName, null,
                    $"the header's length = {length}, and must be at most {maximalLength}: it is no safetensors file, or damaged");
            if (length > (ulong)(total - SafetensorsHeader.PrefixLength))
                throw new SafetensorsException(FileName, null,
                    $"the header's length = {length}, and the file has only {total - SafetensorsHeader.PrefixLength} bytes after it");
            byte[] json = new byte[length];
            _stream.ReadExactly(json);
            return json;
        }
        catch (EndOfStreamException fault)
        {
            throw new SafetensorsException(FileName, null, "the file ended while its header was read", fault);
        }
    }

    private SafetensorsTensor Get(string name) =>
        Find(name) ?? throw new SafetensorsException(FileName, name, "no tensor has that name");

    private SafetensorsException Fault(SafetensorsTensor tensor, string fault) => new(FileName, tensor.Name, fault);

    private static void Convert<T>(SafetensorsType type, Span<byte> bytes, Span<T> destination) where T : unmanaged, INumberBase<T>
    {
        LittleEndian.Reorder(bytes, type.Size());
        switch (type)
        {
            case SafetensorsType.BOOL or SafetensorsType.U8: Convert<byte, T>(bytes, destination); break;
            case SafetensorsType.I8: Convert<sbyte, T>(bytes, destination); break;
            case SafetensorsType.U16: Convert<ushort, T>(bytes, destination); break;
            case SafetensorsType.I16: Convert<short, T>(bytes, destination); break;
            case SafetensorsType.U32: Convert<uint, T>(bytes, destination); break;
            case SafetensorsType.I32: Convert<int, T>(bytes, destination); break;
            case SafetensorsType.U64: Convert<ulong, T>(bytes, destination); break;
            case SafetensorsType.I64: Convert<long, T>(bytes, destination); break;
            case SafetensorsType.F16: Convert<Half, T>(bytes, destination); break;
            case SafetensorsType.F32: Convert<float, T>(bytes, destination); break;
            case SafetensorsType.F64: Convert<double, T>(bytes, destination); break;
            default:
                // The upper half of a binary32 is one whose lower half is zero.
                ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < halves.Length; i++)
                    destination[i] = T.CreateChecked(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
                break;
        }
    }

    private static void Convert<TStored, T>(ReadOnlySpan<byte> bytes, Span<T> destination)
        where TStored : unmanaged, INumberBase<TStored> where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<TStored> stored = MemoryMarshal.Cast<byte, TStored>(bytes);
        if (typeof(TStored) == typeof(T)) MemoryMarshal.Cast<TStored, T>(stored).CopyTo(destination);
        else TensorPrimitives.ConvertChecked(stored, destination);
    }
}
