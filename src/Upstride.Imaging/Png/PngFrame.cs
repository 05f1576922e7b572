using System.Buffers.Binary;

namespace Upstride.Imaging.Png;

/// <summary>What an fcTL chunk says of one frame of an animation (PNG specification, third edition, 11.3.6.2).</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="X">Its first column on the canvas.</param>
/// <param name="Y">Its first row on the canvas.</param>
/// <param name="Delay">How long it is shown.</param>
/// <param name="Disposal">What becomes of its rectangle before the next frame: it stays, is made transparent, or what was there comes
/// back.</param>
/// <param name="IsBlended">Whether it is laid over the canvas by its alpha, instead of replacing it.</param>
internal sealed record PngFrame(int Width, int Height, int X, int Y, TimeSpan Delay, PngDisposal Disposal, bool IsBlended)
{
    public const int Length = 26;

    /// <summary>Reads the current chunk.</summary>
    public static PngFrame Read(PngChunkReader chunks, PngHeader header)
    {
        byte[] data = chunks.ReadAll(Length, Length);
        uint Word(int at) => BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(at));
        (uint width, uint height, uint x, uint y) = (Word(4), Word(8), Word(12), Word(16));
        if (width == 0 || height == 0 || (long)x + width > header.Width || (long)y + height > header.Height)
            throw chunks.Input.Fault(
                $"a frame of {width} x {height} pixels at column {x}, row {y} leaves the picture of {header.Width} x {header.Height}");
        int delay = BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(20)), parts = BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(22));
        if (data[24] > 2 || data[25] > 1)
            throw chunks.Input.Fault($"a frame has disposal {data[24]} and blending {data[25]}; 0 to 2 and 0 to 1 are legal");

        // Hundredths where the file has no parts of a second.
        return new((int)width, (int)height, (int)x, (int)y, TimeSpan.FromSeconds((double)delay / (parts == 0 ? 100 : parts)),
            (PngDisposal)data[24], data[25] == 1);
    }

    /// <summary>The data of the chunk of a frame that replaces all of the canvas.</summary>
    public static byte[] Whole(int number, int width, int height, TimeSpan delay)
    {
        var data = new byte[Length];
        BinaryPrimitives.WriteInt32BigEndian(data, number);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(8), height);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(20), (ushort)Math.Clamp(Math.Round(delay.TotalMilliseconds), 0, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(22), 1000);
        return data;
    }
}

/// <summary>What becomes of a frame's rectangle before the next frame.</summary>
internal enum PngDisposal
{
    /// <summary>It stays.</summary>
    None = 0,

    /// <summary>It becomes transparent.</summary>
    Background = 1,

    /// <summary>What was there before the frame comes back.</summary>
    Previous = 2,
}
