using System.Buffers.Binary;
using System.Text;

namespace Upstride.Learning.Tests.Saving;

/// <summary>Files of the format written by hand: eight bytes of length, the header, the data.</summary>
internal static class SafetensorsBytes
{
    public static byte[] File(string header, params byte[] data) =>
        File((ulong)Encoding.UTF8.GetByteCount(header), Encoding.UTF8.GetBytes(header), data);

    public static byte[] File(ulong length, byte[] header, byte[] data)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        return [.. prefix, .. header, .. data];
    }
}
