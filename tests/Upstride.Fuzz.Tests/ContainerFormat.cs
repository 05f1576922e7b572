using System.Buffers.Binary;

namespace Upstride.Fuzz.Tests;

/// <summary>A part of a container: its type as the format writes it, and what it holds.</summary>
internal readonly record struct Part(string Type, byte[] Data);

/// <summary>
/// A format of pictures that is made of parts with a type, a length and perhaps a check sum, which are written anew after the parts were
/// changed.
/// </summary>
internal abstract class ContainerFormat : PictureFormat
{
    public override byte[] Mutant(Random random)
    {
        List<Part> parts = Split(Numbers.Pick(Seeds, random));
        for (int change = random.Next(1, 4); change > 0 && parts.Count > 0; change--) Change(parts, random);
        byte[] bytes = Join(parts);
        return random.Next(10) == 0 ? Numbers.Scramble(bytes, random) : bytes;
    }

    /// <summary>Types that a part may be given.</summary>
    protected abstract IReadOnlyList<string> Types { get; }

    /// <summary>The parts of a valid file.</summary>
    protected abstract List<Part> Split(byte[] file);

    /// <summary>The file of parts, with their lengths and check sums.</summary>
    protected abstract byte[] Join(IReadOnlyList<Part> parts);

    /// <summary>One change.</summary>
    protected virtual void Change(List<Part> parts, Random random)
    {
        int at = random.Next(parts.Count);
        switch (random.Next(8))
        {
            case 0 or 1 or 2 when parts[at].Data.Length > 0: parts[at] = parts[at] with { Data = Field(parts[at].Data, random) }; break;
            case 3: parts.RemoveAt(at); break;
            case 4: parts.Insert(random.Next(parts.Count + 1), parts[at]); break;
            case 5:
                int other = random.Next(parts.Count);
                (parts[at], parts[other]) = (parts[other], parts[at]);
                break;
            case 6: parts[at] = parts[at] with { Type = Numbers.Pick(Types, random) }; break;
            default: parts[at] = parts[at] with { Data = Numbers.Scramble(parts[at].Data, random) }; break;
        }
    }

    // A number of one, two or four bytes, of either order, near the beginning: where sizes are.
    private static byte[] Field(byte[] data, Random random)
    {
        byte[] changed = [.. data];
        int at = random.Next(Math.Min(data.Length, 32)), size = Math.Min(data.Length - at, 1 << random.Next(3));
        long number = Numbers.Next(random, data[at]);
        Span<byte> bytes = stackalloc byte[8];
        if (random.Next(2) == 0) BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        else BinaryPrimitives.WriteInt64BigEndian(bytes, number << (64 - 8 * size));
        bytes[..size].CopyTo(changed.AsSpan(at));
        return changed;
    }
}
