using System.Buffers.Binary;
using System.Text;

namespace Upstride.Files;

/// <summary>NumPy's <c>.npy</c> files, format 1.0, 2.0 and 3.0, of either byte order and either axis order.</summary>
/// <remarks>NumPy Enhancement Proposal 1 and numpy.lib.format describe them.</remarks>
public static class NpyFile
{
    // A header of NumPy's is under 200 bytes; the format allows 4 GiB.
    private const int MaximumHeader = 1 << 16;
    private const int Chunk = 1 << 20;
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a file.</summary>
    /// <exception cref="NpyFormatException">It is not such a file, is cut short or over-long, or has another element type.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    public static NpyArray Read(string path, CancellationToken cancellation = default)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path, cancellation);
    }

    /// <summary>Writes little-endian row-major format 1.0, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, NpyArray array, CancellationToken cancellation = default) =>
        WholeFile.Write(path, stream => Write(stream, array, cancellation), cancellation);

    /// <summary>Reads a stream; <paramref name="name"/> is what errors call it.</summary>
    /// <exception cref="NpyFormatException">As with a path.</exception>
    public static NpyArray Read(Stream stream, string name, CancellationToken cancellation = default)
    {
        NpyHeader header = ReadHeader(stream, name);
        (NpyElementType type, bool bigEndian) = TypeOf(header.Descr, name);
        Array elements = ReadElements(stream, header, type, name, cancellation);
        if (bigEndian == BitConverter.IsLittleEndian) type.Reverse(elements);
        type.Normalize(elements);
        if (header.FortranOrder) elements = RowMajor(elements, header.Shape, type);
        return new(header.Shape, elements);
    }

    /// <summary>Writes a stream.</summary>
    public static void Write(Stream stream, NpyArray array, CancellationToken cancellation = default)
    {
        NpyElementType type = NpyElementType.Of(array.Elements);
        string text = new NpyHeader(type.Descr, FortranOrder: false, [.. array.Shape]).ToString();

        // Magic, version and length take ten bytes; spaces and a line end fill up to a multiple of 64, where the elements begin.
        int prefix = Magic.Length + 4;
        int total = (prefix + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var head = new byte[total];
        head.AsSpan(prefix).Fill((byte)' ');
        Magic.CopyTo(head);
        head[Magic.Length] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(prefix - 2), (ushort)(total - prefix));
        Encoding.ASCII.GetBytes(text, head.AsSpan(prefix));
        head[^1] = (byte)'\n';
        stream.Write(head);

        Array elements = array.Elements;
        if (!BitConverter.IsLittleEndian)
        {
            elements = (Array)elements.Clone();
            type.Reverse(elements);
        }
        Span<byte> bytes = type.Bytes(elements);
        for (int done = 0; done < bytes.Length; done += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Write(bytes.Slice(done, Math.Min(Chunk, bytes.Length - done)));
        }
    }

    private static NpyHeader ReadHeader(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(Magic))
            throw new NpyFormatException(name, "it does not begin with NumPy's mark \\x93NUMPY");
        (int major, int minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
            throw new NpyFormatException(name, $"its format is {major}.{minor}, and 1.0, 2.0 and 3.0 are known");

        Span<byte> lengthBytes = stackalloc byte[major == 1 ? 2 : 4];
        if (stream.ReadAtLeast(lengthBytes, lengthBytes.Length, throwOnEndOfStream: false) < lengthBytes.Length)
            throw new NpyFormatException(name, "it ends inside its header");
        uint length =
            major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes) : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MaximumHeader) throw new NpyFormatException(name, $"its header claims {length} bytes, more than {MaximumHeader}");
        var text = new byte[length];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
            throw new NpyFormatException(name, "it ends inside its header");
        try
        {
            return NpyHeader.Parse(major == 3 ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text));
        }
        catch (FormatException fault)
        {
            throw new NpyFormatException(name, fault.Message);
        }
    }

    private static (NpyElementType Type, bool BigEndian) TypeOf(string descr, string name)
    {
        NpyElementType? type = descr.Length == 3
            ? NpyElementType.All.FirstOrDefault(
            type => descr.EndsWith(type.Kind, StringComparison.Ordinal)
                && (descr[0] is '<' or '>' or '=' || (descr[0] == '|' && type.Size == 1)))
            : null;
        return type is not null
            ? (type, descr[0] == '>' || (descr[0] == '=' && !BitConverter.IsLittleEndian))
            : throw new NpyFormatException(name,
            $"its elements are '{descr}', and {string.Join(", ", NpyElementType.All.Select(static type => $"'{type.Descr}'"))} or the "
                + $"same with '>' can be read: convert it with astype");
    }

    private static Array ReadElements(Stream stream, NpyHeader header, NpyElementType type, string name, CancellationToken cancellation)
    {
        int count = CheckedCount(header, type, name);
        long bytes = (long)count * type.Size;
        string needs = $"shape [{string.Join(", ", header.Shape)}] of {header.Descr} needs {bytes} bytes";
        if (stream.CanSeek && stream.Length - stream.Position is var rest && rest != bytes)
            throw new NpyFormatException(name,
                rest < bytes ? $"it is cut short: {needs}, and {rest} follow the header" : $"{needs}, and {rest} follow the header");

        // A pipe's length is not known: its array grows with what has come, so that a lying header costs nothing.
        Array elements = type.Allocate(stream.CanSeek ? count : Math.Min(count, Chunk));
        for (long done = 0; done < bytes;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (done == (long)elements.Length * type.Size)
            {
                Array longer = type.Allocate((int)Math.Min(count, 2L * elements.Length));
                elements.CopyTo(longer, 0);
                elements = longer;
            }
            Span<byte> target = type.Bytes(elements)[(int)done..];
            int read = stream.Read(target[..Math.Min(Chunk, target.Length)]);
            if (read == 0) throw new NpyFormatException(name, $"it is cut short: {needs}, and {done} follow the header");
            done += read;
        }
        if (!stream.CanSeek && stream.ReadByte() >= 0) throw new NpyFormatException(name, $"{needs}, and more follow the header");
        return elements;
    }

    private static int CheckedCount(NpyHeader header, NpyElementType type, string name)
    {
        UInt128 count = 1;
        foreach (int length in header.Shape)
        {
            // 2^31 at most each time, so that the product cannot leave 128 bits before it is refused; an empty axis empties all.
            count *= (UInt128)length;
            if (count > ulong.MaxValue && !header.Shape.Contains(0)) break;
        }
        return count <= (UInt128)(Array.MaxLength / type.Size)
            ? (int)count
            : throw new NpyFormatException(name,
            $"shape [{string.Join(", ", header.Shape)}] of {header.Descr} is more than {Array.MaxLength} bytes");
    }

    private static Array RowMajor(Array elements, int[] shape, NpyElementType type)
    {
        int rank = shape.Length;
        if (rank < 2 || elements.Length == 0) return elements;
        var strides = new int[rank];
        strides[0] = 1;
        for (int axis = 1; axis < rank; axis++) strides[axis] = strides[axis - 1] * shape[axis - 1];

        Array ordered = type.Allocate(elements.Length);
        ReadOnlySpan<byte> from = type.Bytes(elements);
        Span<byte> to = type.Bytes(ordered);
        var index = new int[rank];
        int source = 0;
        for (int target = 0; target < elements.Length; target++)
        {
            from.Slice(source * type.Size, type.Size).CopyTo(to[(target * type.Size)..]);
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                source += strides[axis];
                if (++index[axis] < shape[axis]) break;
                source -= shape[axis] * strides[axis];
                index[axis] = 0;
            }
        }
        return ordered;
    }
}
