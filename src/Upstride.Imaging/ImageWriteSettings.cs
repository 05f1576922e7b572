using System.IO.Compression;

namespace Upstride.Imaging;

/// <summary>Choices that a file format leaves to the writer.</summary>
public sealed record ImageWriteSettings
{
    /// <summary>How hard PNG's compression tries.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Optimal;

    /// <summary>Whether PBM, PGM and PPM files are written in decimal text (P1, P2, P3) instead of binary (P4, P5, P6).</summary>
    public bool PlainText { get; init; }

    /// <summary>Whether PFM files are written most significant byte first.</summary>
    public bool BigEndian { get; init; }
}
