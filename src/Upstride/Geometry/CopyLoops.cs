using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// A rearrangement of elements: one loop for each length, outermost first, with the distances that both sides advance by.
/// </summary>
internal readonly record struct CopyLoops(ImmutableArray<int> Lengths, ImmutableArray<int> SourceStrides,
    ImmutableArray<int> DestinationStrides)
{
    /// <summary>The way back.</summary>
    public CopyLoops Reversed => new(Lengths, DestinationStrides, SourceStrides);

    /// <summary>
    /// The plan of these loops, ordered so that the destination is written as nearly in order as they allow; the way back reads in that
    /// order instead.
    /// </summary>
    public static CopyLoops Create(IEnumerable<(int Length, int SourceStride, int DestinationStride)> loops)
    {
        (int Length, int SourceStride, int DestinationStride)[] ordered =
            [.. loops.Where(static loop => loop.Length != 1).OrderByDescending(static loop => loop.DestinationStride)];
        return new([.. ordered.Select(static loop => loop.Length)], [.. ordered.Select(static loop => loop.SourceStride)],
            [.. ordered.Select(static loop => loop.DestinationStride)]);
    }
}
