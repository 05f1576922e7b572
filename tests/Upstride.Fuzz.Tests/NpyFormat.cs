using System.Buffers.Binary;
using System.Text;
using Upstride.Files;

namespace Upstride.Fuzz.Tests;

/// <summary>.npy, key by key of its header, whose length is mended.</summary>
internal sealed class NpyFormat : FileFormat
{
    private static readonly string[] s_types =
        ["<f2", "<f4", ">f8", "|i1", "<i2", ">i4", "<i8", "|u1", "<u2", "<u4", ">u8", "|b1", "=f4", "|O", "<c8", "<U4", "f4", "", "<f16",
        "|f4"];

    public override string Name => "npy";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. ((Array[])[new[] { 1f, 2, 3, 4, 5, 6 }, new[] { 1.0, 2, 3, 4, 5, 6 }, new byte[6],
            new[] { Half.One, Half.Zero, Half.NaN, Half.Pi, Half.E, Half.One }, new long[6],
            new[] { true, false, true, false, true, false }])
            .Select(static elements =>
            {
                using var file = new MemoryStream();
                NpyFile.Write(file, new([1, 2, 3], elements));
                return file.ToArray();
            }),
    ];

    public override byte[] Mutant(Random random)
    {
        byte[] file = Numbers.Pick(Seeds, random);
        int start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        string descr = random.Next(2) == 0 ? Numbers.Pick(s_types, random) : "<f4";
        string order = Numbers.Pick(["False", "True", "False", "True", "0", "None"], random);
        long[] lengths =
            [.. Enumerable.Range(0, random.Next(random.Next(8) == 0 ? 70 : 5))
            .Select(_ => random.Next(6) == 0 ? Numbers.Next(random) : random.Next(4))];
        string shape = string.Join(random.Next(12) == 0 ? "; " : ", ", lengths);
        var parts = new List<string> { $"'descr': '{descr}'", $"'fortran_order': {order}",
            $"'shape': ({shape}{(lengths.Length > 0 ? "," : "")})" };
        if (random.Next(12) == 0) parts.RemoveAt(random.Next(parts.Count));
        if (random.Next(12) == 0) parts.Add(Numbers.Pick(["'x': 1", "'descr': '<f4'", "", "'shape': ()"], random));
        string header =
            "{" + string.Join(", ", parts) + (random.Next(8) == 0 ? Numbers.Pick(["}", "", "} x"], random) : ", }")
            + new string(' ', random.Next(20)) + "\n";
        byte[] text = Encoding.Latin1.GetBytes(header);
        if (random.Next(10) == 0) text = Numbers.Scramble(text, random);

        // As many bytes as the shape asks for, or the file's own.
        double bytes =
            lengths.Aggregate(descr.Length == 3 && char.IsAsciiDigit(descr[2]) ? descr[2] - '0' : 1.0,
            static (product, length) => product * length);
        byte[] data =
            bytes is >= 0 and <= 1 << 20 && random.Next(4) > 0
            ? new byte[(int)bytes] : random.Next(2) == 0 ? file[start..] : Numbers.Scramble(file[start..], random);
        random.NextBytes(data);
        int version = random.Next(1, 4);
        byte[] length = new byte[version == 1 ? 2 : 4];
        uint claimed = random.Next(10) == 0 ? unchecked((uint)Numbers.Next(random, text.Length)) : (uint)text.Length;
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(length, unchecked((ushort)claimed));
        else BinaryPrimitives.WriteUInt32LittleEndian(length, claimed);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. data];
    }

    public override void Use(byte[] file)
    {
        NpyArray array = NpyFile.Read(new MemoryStream(file), "mutant");
        array.ToDoubles();
        NpyFile.Read(new Pipe(file), "mutant");
    }

    public override bool IsDocumented(Exception fault) => fault is NpyFormatException;

    // A stream that does not know its length.
    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
