using System.Buffers.Binary;
using System.Numerics;

namespace Upstride.Files;

/// <summary>
/// XXH64 with the seed 0, as https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md has it: tells contents apart where nobody gains
/// from two that are taken for each other. It needs no library of the system, whose loading takes longer than what is hashed.
/// </summary>
internal static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87, Prime2 = 0xC2B2AE3D27D4EB4F, Prime3 = 0x165667B19E3779F9,
        Prime4 = 0x85EBCA77C2B2AE63, Prime5 = 0x27D4EB2F165667C5;

    private const int Stripe = 32, Buffer = 2048 * Stripe;

    /// <summary>The hash of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var lanes = new Lanes();
        return lanes.Finish(lanes.Add(bytes));
    }

    /// <summary>The hash of what a stream has left.</summary>
    public static ulong Of(Stream stream)
    {
        var lanes = new Lanes();
        byte[] buffer = new byte[Buffer];
        while (true)
        {
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            ReadOnlySpan<byte> tail = lanes.Add(buffer.AsSpan(0, length));
            if (length < buffer.Length) return lanes.Finish(tail);
        }
    }

    private static ulong Round(ulong lane, ulong word) => BitOperations.RotateLeft(lane + (word * Prime2), 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    private struct Lanes()
    {
        private ulong _first = unchecked(Prime1 + Prime2);
        private ulong _second = Prime2;
        private ulong _third;
        private ulong _fourth = unchecked(0 - Prime1);
        private ulong _length;

        // What is left of less than a stripe, which only the last bytes may have.
        public ReadOnlySpan<byte> Add(ReadOnlySpan<byte> bytes)
        {
            _length += (ulong)bytes.Length;
            for (; bytes.Length >= Stripe; bytes = bytes[Stripe..])
            {
                _first = Round(_first, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                _second = Round(_second, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
                _third = Round(_third, BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
                _fourth = Round(_fourth, BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
            }
            return bytes;
        }

        public readonly ulong Finish(ReadOnlySpan<byte> tail)
        {
            ulong hash = Prime5;
            if (_length >= Stripe)
            {
                hash = BitOperations.RotateLeft(_first, 1) + BitOperations.RotateLeft(_second, 7) + BitOperations.RotateLeft(_third, 12)
                    + BitOperations.RotateLeft(_fourth, 18);
                hash = Merge(Merge(Merge(Merge(hash, _first), _second), _third), _fourth);
            }
            hash += _length;
            for (; tail.Length >= 8; tail = tail[8..])
            {
                ulong word = Round(0, BinaryPrimitives.ReadUInt64LittleEndian(tail));
                hash = (BitOperations.RotateLeft(hash ^ word, 27) * Prime1) + Prime4;
            }
            if (tail.Length >= 4)
            {
                ulong word = BinaryPrimitives.ReadUInt32LittleEndian(tail) * Prime1;
                hash = (BitOperations.RotateLeft(hash ^ word, 23) * Prime2) + Prime3;
                tail = tail[4..];
            }
            foreach (byte one in tail) hash = BitOperations.RotateLeft(hash ^ (one * Prime5), 11) * Prime1;
            hash = (hash ^ (hash >> 33)) * Prime2;
            hash = (hash ^ (hash >> 29)) * Prime3;
            return hash ^ (hash >> 32);
        }
    }
}
