namespace Upstride.Imaging;

/// <summary>How one sample of an <see cref="ImageBuffer"/> is stored.</summary>
public enum SampleType
{
    /// <summary>8 bits: 0 is black, 255 is full.</summary>
    UInt8 = 0,

    /// <summary>16 bits: 0 is black, 65535 is full.</summary>
    UInt16 = 1,

    /// <summary>32-bit floating point: 0 is black, 1 is full; values outside are kept (high dynamic range).</summary>
    Float32 = 2,
}

internal static class SampleTypeExtensions
{
    public static int Bytes(this SampleType type) => type switch
    {
        SampleType.UInt8 => 1,
        SampleType.UInt16 => 2,
        SampleType.Float32 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"sample type {(int)type} must be UInt8, UInt16 or Float32"),
    };
}
