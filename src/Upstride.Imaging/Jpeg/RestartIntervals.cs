using System.Buffers.Binary;

namespace Upstride.Imaging.Jpeg;

/// <summary>Tells the interval between restart marks before every scan of a JPEG file. It holds until another is told (T.81, B.2.4.4), and
/// ImageSharp begins to count where it is told and not where a scan begins, so that of the second scan on it makes other pixels.</summary>
internal static class RestartIntervals
{
    private const byte FirstRestart = 0xD0, LastRestart = 0xD7, StartOfScan = 0xDA, RestartInterval = 0xDD, One = 0x01;
    private const int SegmentBytes = 6;

    /// <summary>The file with those segments added; its segments are sound.</summary>
    public static MemoryStream Repeat(ReadOnlySpan<byte> file)
    {
        var result = new MemoryStream(file.Length + 1024);
        ReadOnlySpan<byte> interval = [];
        int copied = 0;
        for (int at = 2; at + 3 < file.Length;)
        {
            int found = file[at..].IndexOf((byte)0xFF);
            if (found < 0 || at + found + 3 >= file.Length) break;
            at += found;
            switch (file[at + 1])
            {
                case 0xFF:
                    at++;
                    continue;
                case 0 or One or (>= FirstRestart and <= LastRestart):
                    at += 2;
                    continue;
                case RestartInterval:
                    interval = file.Slice(at, Math.Min(SegmentBytes, file.Length - at));
                    break;
                case StartOfScan:
                    result.Write(file[copied..at]);
                    result.Write(interval);
                    copied = at;
                    break;
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        result.Write(file[copied..]);
        result.Position = 0;
        return result;
    }
}
