using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Upstride.Learning.Saving;
using Upstride.Models.Fsrcnn;

namespace Upstride.Fuzz.Tests;

/// <summary>
/// safetensors, entry by entry of its JSON header, whose length, offsets and data are mended: the weights of an FSRCNN, read as such.
/// </summary>
internal class SafetensorsFormat : FileFormat
{
    private static readonly string[] s_types =
        ["BOOL", "U8", "I8", "U16", "I16", "F16", "BF16", "U32", "I32", "F32", "U64", "I64", "F64", "F8_E4M3", "f32", ""];

    public override string Name => "safetensors";

    public override IReadOnlyList<byte[]> Seeds { get; } =
        [.. ((int[])[2, 3]).Select(static scale => InFile(path => FsrcnnFile.Write(path, new(FsrcnnSettings.Small(scale), new(1)))))];

    public override byte[] Mutant(Random random)
    {
        byte[] file = Numbers.Pick(Seeds, random);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        JsonObject header = JsonNode.Parse(file.AsSpan(8, length))!.AsObject();
        byte[] data = file[(8 + length)..];
        for (int change = random.Next(1, 4); change > 0; change--) Change(header, random);
        if (random.Next(3) > 0) data = new byte[Math.Min(Mend(header), 1 << 20)];
        else if (random.Next(3) == 0) data = Numbers.Scramble(data, random);
        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString());
        if (random.Next(8) == 0) text = Numbers.Scramble(text, random);
        long claimed = random.Next(10) == 0 ? Numbers.Next(random, text.Length) : text.Length;
        var mutant = new byte[8 + text.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(mutant, claimed);
        text.CopyTo(mutant, 8);
        data.CopyTo(mutant, 8 + text.Length);
        return mutant;
    }

    public override void Use(byte[] file)
    {
        using var reader = new SafetensorsReader(new MemoryStream(file), "mutant");
        FsrcnnFile.Read(reader);
    }

    public override bool IsDocumented(Exception fault) => fault is SafetensorsException;

    /// <summary>What is written to a file.</summary>
    protected static byte[] InFile(Action<string> write)
    {
        string folder = Directory.CreateTempSubdirectory("upstride-fuzz-").FullName;
        try
        {
            string path = Path.Combine(folder, "seed.safetensors");
            write(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Change(JsonObject header, Random random)
    {
        string[] names = [.. header.Select(static entry => entry.Key)];
        if (names.Length == 0) return;
        string name = Numbers.Pick(names, random);
        if (name == "__metadata__" || header[name] is not JsonObject tensor || random.Next(8) == 0)
        {
            if (header["__metadata__"] is JsonObject { Count: > 0 } metadata)
                metadata[Numbers.Pick([.. metadata.Select(static entry => entry.Key)], random)] = Numbers.Next(random)
                    .ToString(CultureInfo.InvariantCulture);
            return;
        }
        switch (random.Next(7))
        {
            case 0: tensor["dtype"] = Numbers.Pick(s_types, random); break;
            case 1 or 2 when tensor["shape"] is JsonArray { Count: > 0 } shape:
                shape[random.Next(shape.Count)] = JsonValue.Create(random.Next(2) == 0 ? Numbers.Next(random) : random.Next(70));
                break;
            case 3 when tensor["shape"] is JsonArray shape: shape.Add(JsonValue.Create(Numbers.Next(random))); break;
            case 4 when tensor["data_offsets"] is JsonArray { Count: > 0 } offsets: offsets[random.Next(offsets.Count)] =
                JsonValue.Create(Numbers.Next(random)); break;
            case 5: header.Remove(name); break;
            default:
                header.Remove(name);
                header[Numbers.Pick([.. names, "x", "", "body.0.weight"], random)] = tensor.DeepClone();
                break;
        }
    }

    // Offsets one after another, as the shapes and the types ask for; returns the bytes of the data.
    private static long Mend(JsonObject header)
    {
        double at = 0;
        foreach ((string name, JsonNode? entry) in header)
        {
            if (name == "__metadata__" || entry is not JsonObject tensor || tensor["shape"] is not JsonArray shape
                || tensor["dtype"] is not JsonValue type) continue;
            double bytes =
                shape.Aggregate(
                (type.ToString().Contains("64", StringComparison.Ordinal), type.ToString().Contains("16", StringComparison.Ordinal),
                    type.ToString().Contains('8', StringComparison.Ordinal) || type.ToString() == "BOOL") switch
            {
                (true, _, _) => 8.0,
                (_, true, _) => 2,
                (_, _, true) => 1,
                _ => 4,
            }, static (product, length) => product * (double)length!.AsValue().GetValue<long>());
            double end = at + Math.Clamp(bytes, 0, 1L << 50);
            tensor["data_offsets"] = new JsonArray((long)at, (long)end);
            at = end;
        }
        return (long)Math.Min(at, long.MaxValue / 2);
    }
}
