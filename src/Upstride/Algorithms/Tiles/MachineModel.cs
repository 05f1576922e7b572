namespace Upstride.Algorithms.Tiles;

/// <summary>
/// The machine that block sizes and estimates are made for: its caches and memory, and which part of a cache each buffer gets. The parts
/// were tuned with the commands of <c>bench/Upstride.Bench</c> that docs/performance.md names. It follows from the vector width alone, so
/// that what is chosen, and with it every bit, is the same on all machines of a width.
/// </summary>
/// <param name="FirstCacheBytes">The first cache of a core.</param>
/// <param name="SecondCacheBytes">The second cache of a core.</param>
/// <param name="ThirdCacheBytes">The third cache, of all cores.</param>
/// <param name="ThirdCacheBytesPerCycle">What one core streams from the third cache while it computes.</param>
/// <param name="MemoryBytesPerCycle">What one core streams from memory while it computes.</param>
internal sealed record MachineModel(long FirstCacheBytes, long SecondCacheBytes, long ThirdCacheBytes, double ThirdCacheBytesPerCycle,
    double MemoryBytesPerCycle)
{
    /// <summary>A core of today's servers and desktops with vectors of 512 bits: its second cache holds 1 to 2 MB.</summary>
    private static readonly MachineModel Wide = new(32 * 1024, 1024 * 1024, 32 * 1024 * 1024, 24, 10);

    /// <summary>One with narrower vectors: half a megabyte is common, and where there is more, little is lost.</summary>
    private static readonly MachineModel Narrow = Wide with { SecondCacheBytes = 512 * 1024 };

    // What the sets of a first cache are chosen by is a place within a page, on all processors with pages of this size.
    private const int SetBytes = 4096;

    // Of a first cache of 32 KB; larger ones have more.
    private const int Ways = 8;

    /// <summary>The machine for vectors of so many bytes.</summary>
    public static MachineModel Of(int vectorBytes) => vectorBytes >= 64 ? Wide : Narrow;

    /// <summary>Whether it is the one for narrower vectors.</summary>
    public bool IsNarrow => ReferenceEquals(this, Narrow);

    /// <summary>Whether as many lines, so many bytes from one to the next, are in the first cache at once: all fall into one of its sets
    /// where they stand whole pages apart.</summary>
    public static bool HoldsLines(long count, long bytesApart) => bytesApart % SetBytes != 0 || count <= Ways;

    /// <summary>The columns of a source in panels that all row tiles go along before the next ones.</summary>
    public long StripBytes => FirstCacheBytes / 2;

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
    public static double StreamedBytes => Wide.ThirdCacheBytes;
}
