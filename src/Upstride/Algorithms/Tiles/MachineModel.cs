namespace Upstride.Algorithms.Tiles;

/// <summary>
/// The machine that block sizes and estimates are made for: its caches and memory, and which part of a cache each buffer gets. The parts
/// were tuned with the commands of <c>bench/Upstride.Bench</c> that docs/performance.md names.
/// </summary>
/// <param name="SecondCacheBytes">The second cache of a core.</param>
/// <param name="ThirdCacheBytes">The third cache, of all cores.</param>
/// <param name="ThirdCacheBytesPerCycle">What one core streams from the third cache while it computes.</param>
/// <param name="MemoryBytesPerCycle">What one core streams from memory while it computes.</param>
internal sealed record MachineModel(long SecondCacheBytes, long ThirdCacheBytes, double ThirdCacheBytesPerCycle, double MemoryBytesPerCycle)
{
    /// <summary>A core of today's servers and desktops.</summary>
    public static MachineModel Assumed { get; } = new(1024 * 1024, 32 * 1024 * 1024, 24, 10);

    /// <summary>A packed source block of the direct phases: with the weights of a tile and its results it fills the second cache.</summary>
    public long PhaseSourceBytes => SecondCacheBytes * 7 / 16;

    /// <summary>The results of a chunk of channels before they are interleaved.</summary>
    public long PhaseResultBytes => SecondCacheBytes / 4;

    /// <summary>A block's transformed source for Winograd's tiles.</summary>
    public long WinogradSourceBytes => SecondCacheBytes / 2;

    /// <summary>The transformed results of a row tile for Winograd's tiles.</summary>
    public long WinogradProductBytes => SecondCacheBytes * 9 / 32;

    /// <summary>The panel of a weight gradient, [row][column][channel].</summary>
    public long GradientPanelBytes => SecondCacheBytes * 5 / 16;

    /// <summary>The sums of a weight gradient's item.</summary>
    public long GradientResultBytes => SecondCacheBytes / 2;

    /// <summary>Both sides of a weight gradient by planes.</summary>
    public long PlaneBytes => SecondCacheBytes * 5 / 8;

    /// <summary>Packed weights that the second cache keeps from block to block.</summary>
    public double WeightBytesInSecondCache => SecondCacheBytes * 3.0 / 8;

    /// <summary>Packed weights that the third cache keeps from block to block.</summary>
    public double WeightBytesInThirdCache => ThirdCacheBytes / 2.0;

    /// <summary>From here on a destination is written past the caches, none of which keeps it until it is read again.</summary>
    public double StreamedBytes => ThirdCacheBytes;
}
