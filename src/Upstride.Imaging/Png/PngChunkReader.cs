using System.Buffers.Binary;

namespace Upstride.Imaging.Png;

/// <summary>Walks the chunks of a PNG file (length, type, data, check sum); every check sum is verified.</summary>
internal sealed class PngChunkReader(ImageInput input)
{
    private Crc32 _crc;
    private int _left;

    /// <summary>The four letters of the current chunk.</summary>
    public string Type { get; private set; } = "";

    /// <summary>Data bytes of the current chunk.</summary>
    public int Length { get; private set; }

    /// <summary>An upper-case first letter: a reader that does not know the chunk cannot show the picture.</summary>
    public bool Critical => char.IsAsciiLetterUpper(Type[0]);

    public ImageInput Input => input;

    /// <summary>Reads the next chunk's head; the current one must have been ended.</summary>
    public void Next()
    {
        Span<byte> head = stackalloc byte[8];
        input.ReadExactly(head, Type.Length == 0 ? "the head of the first chunk" : $"the head of the chunk after {Type}");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
        foreach (byte letter in head[4..])
            if (!char.IsAsciiLetter((char)letter))
                throw input.Fault($"the chunk after {(Type.Length == 0 ? "the "
                    + "signature" : Type)} has no valid type: 0x{Convert.ToHexString(head[4..])}");
        Type = System.Text.Encoding.ASCII.GetString(head[4..]);
        if (length > int.MaxValue) throw input.Fault($"chunk {Type} says it is {length} bytes long; at most {int.MaxValue} is legal");
        Length = _left = (int)length;
        _crc = new Crc32();
        _crc.Add(head[4..]);
    }

    /// <summary>Some of the current chunk's data; 0 at its end.</summary>
    public int Read(Span<byte> destination)
    {
        if (_left == 0) return 0;
        int got = input.Read(destination[..Math.Min(destination.Length, _left)]);
        if (got == 0) throw input.Fault($"truncated: the file ends {Length - _left} bytes into the {Length} bytes of chunk {Type}");
        _crc.Add(destination[..got]);
        _left -= got;
        return got;
    }

    /// <summary>The whole data of a chunk that must be between <paramref name="min"/> and <paramref name="max"/> bytes long.</summary>
    public byte[] ReadAll(int min, int max)
    {
        if (Length < min || Length > max)
            throw input.Fault($"chunk {Type} is {Length} bytes long; {(min == max ? $"{min}" : $"{min} to {max}")} are expected");
        var data = new byte[Length];
        for (int done = 0; done < data.Length;) done += Read(data.AsSpan(done));
        return data;
    }

    /// <summary>Passes over what is left of the current chunk and verifies its check sum.</summary>
    public void End()
    {
        Span<byte> bytes = stackalloc byte[1024];
        while (Read(bytes) > 0) { }
        input.ReadExactly(bytes[..4], $"the check sum of chunk {Type}");
        uint stored = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (stored != _crc.Value)
            throw input.Fault($"chunk {Type} is damaged: its check sum is 0x{_crc.Value:X8}, the file says 0x{stored:X8}");
    }
}
