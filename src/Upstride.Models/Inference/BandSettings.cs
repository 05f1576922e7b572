namespace Upstride.Models.Inference;

/// <summary>How <see cref="BandUpscaler"/> divides its work; the result is the same, bit for bit, whatever is chosen.</summary>
public sealed record BandSettings
{
    /// <summary>Threads, the caller's included.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Input rows that go through the network at a time; null for 8, and fewer where a picture is so wide that they would take
    /// much memory.</summary>
    public int? BandRows { get; init; }

    internal int BandRowsFor(int width) => BandRows ?? Math.Clamp(MaxBandPixels / width, 1, MaxBandRows);

    // Higher bands leave the second cache, lower ones compute more of a tile's halo again. Measured on 640x360 at scales 2, 3 and 4: 6 rows
    // take as long as 8, 12 and 16 rows 3 to 11 % longer, 32 rows a third longer.
    private const int MaxBandRows = 8;

    // Eight rows of 20,000 columns: between its layers FSRCNN keeps about 500 bytes for each.
    private const int MaxBandPixels = 160_000;

    /// <summary>The most input columns of a stripe: stripes go through the network independently of each other, each with the columns
    /// around it that it depends on.</summary>
    public int StripeColumns { get; init; } = 1280;
}
