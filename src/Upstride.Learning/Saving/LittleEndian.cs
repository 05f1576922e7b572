namespace Upstride.Learning.Saving;

/// <summary>The byte order of the files.</summary>
internal static class LittleEndian
{
    /// <summary>Brings elements from little-endian order into the machine's, or back.</summary>
    public static void Reorder(Span<byte> bytes, int size)
    {
        if (BitConverter.IsLittleEndian || size == 1) return;
        for (int start = 0; start < bytes.Length; start += size) bytes.Slice(start, size).Reverse();
    }
}
