using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;

namespace Upstride.Models.Data;

/// <summary>A tensor of bytes in the format of the MNIST digits, plain or compressed by gzip.</summary>
/// <param name="Shape">The lengths of the axes.</param>
/// <param name="Values">In row-major order.</param>
/// <remarks>Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits": two zeros, a type (8, unsigned bytes), the number
/// of axes, their lengths as big-endian 32-bit integers, the elements.</remarks>
public sealed record IdxFile(ImmutableArray<int> Shape, byte[] Values)
{
    private const int UnsignedBytes = 8, MostAxes = 4;

    /// <summary>Whether a file's name ends as such a file's, .idx, -ubyte or either with .gz.</summary>
    /// <param name="path">The file, which need not exist.</param>
    public static bool IsNamedAsIdx(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return name.EndsWith("-ubyte", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".idx", StringComparison.OrdinalIgnoreCase)
            || name.Length < path.Length;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="axes">How many axes it must have: 3 for pictures, 1 for labels.</param>
    /// <exception cref="InvalidDataException">It is none of these; the message names the file and the fault.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IdxFile Read(string path, int axes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(axes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(axes, MostAxes);
        using FileStream file = File.OpenRead(path);
        bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        using Stream stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        Span<byte> head = stackalloc byte[4 + 4 * MostAxes];
        head = head[..(4 + 4 * axes)];
        try
        {
            stream.ReadExactly(head[..4]);
            if (head[0] != 0 || head[1] != 0 || head[2] != UnsignedBytes || head[3] != axes)
                throw new InvalidDataException(
                    $"{path}: it begins with {Convert.ToHexString(head[..4])}, and an idx file of {axes} axes of bytes begins with "
                    + $"0000080{axes}: name another file");
            stream.ReadExactly(head[4..]);
            int[] shape = new int[axes];
            long length = 1;
            for (int axis = 0; axis < axes; axis++)
            {
                shape[axis] = BinaryPrimitives.ReadInt32BigEndian(head[(4 + 4 * axis)..]);
                if (shape[axis] < 0 || (length *= shape[axis]) > Array.MaxLength)
                    throw new InvalidDataException($"{path}: axis {axis} is {shape[axis]} long: the file is damaged");
            }
            return new([.. shape], ReadValues(stream, (int)length));
        }
        catch (EndOfStreamException fault)
        {
            throw new InvalidDataException($"{path}: the file ends before its last element: it is damaged", fault);
        }
    }

    // Grows with what is there: a head alone claims nothing.
    private static byte[] ReadValues(Stream stream, int length)
    {
        using var values = new MemoryStream();
        byte[] piece = new byte[Math.Min(length, 1 << 20)];
        while (values.Length < length)
        {
            int count = stream.Read(piece, 0, (int)Math.Min(piece.Length, length - values.Length));
            if (count == 0) throw new EndOfStreamException();
            values.Write(piece, 0, count);
        }
        return values.ToArray();
    }
}
