using System.Security.Cryptography;

namespace Upstride.Cli.Commands.Shards;

/// <summary>SHA-256 in hexadecimal.</summary>
internal static class Checksum
{
    private const int BufferLength = 1 << 20;

    /// <summary>Of a file's bytes, which may be open for the one who wrote them.</summary>
    public static string OfFile(string path, CancellationToken cancellation)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[Math.Clamp(stream.Length, 1, BufferLength)];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer.AsSpan(0, count));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
