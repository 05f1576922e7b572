using System.Collections.Immutable;

namespace Upstride.Imaging.Profiles;

/// <summary>An XMP packet, text in UTF-8, of which only the orientation is looked at.</summary>
internal static class XmpPacket
{
    private static ReadOnlySpan<byte> Name => "tiff:Orientation"u8;

    /// <summary>The packet with every orientation set to the first: as an attribute (="6") and as an element (&gt;6&lt;).</summary>
    public static ImmutableArray<byte> Upright(ImmutableArray<byte> xmp)
    {
        if (xmp.IsDefaultOrEmpty || xmp.AsSpan().IndexOf(Name) < 0) return xmp;
        byte[] bytes = [.. xmp];
        for (int at = 0; bytes.AsSpan(at).IndexOf(Name) is >= 0 and var found;)
        {
            at += found + Name.Length;
            Span<byte> rest = bytes.AsSpan(at);
            int value = rest is [(byte)'=', (byte)'"' or (byte)'\'', ..] ? 2 : rest is [(byte)'>', ..] ? 1 : -1;
            if (value > 0 && value < rest.Length && rest[value] is >= (byte)'2' and <= (byte)'8') rest[value] = (byte)'1';
        }
        return ImmutableArray.Create(bytes);
    }
}
