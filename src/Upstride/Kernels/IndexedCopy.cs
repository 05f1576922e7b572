using System.Numerics;

namespace Upstride.Kernels;

/// <summary>Moves elements between small planes and the places in large planes that their indices name.</summary>
/// <remarks>
/// Contract. Small arrays are [outer, small, inner], large ones [outer, large, inner], dense; indices has the small shape and every index
/// lies in 0 .. large - 1. No destination shares memory with what is read.
/// </remarks>
internal static class IndexedCopy
{
    /// <summary>large[index] = small; what no index names becomes zero, and where several name one place the last stays.</summary>
    public static void Scatter<T>(ReadOnlySpan<T> source, ReadOnlySpan<int> indices, int outer, int inner, int small, int large,
        Span<T> destination)
    {
        destination.Clear();
        for (int n = 0; n < outer; n++)
        {
            Span<T> image = destination.Slice(n * large * inner, large * inner);
            for (int at = n * small * inner, end = at + small * inner, c = 0; at < end; at++, c = c + 1 == inner ? 0 : c + 1)
                image[indices[at] * inner + c] = source[at];
        }
    }

    /// <summary>large[index] += small, from zero.</summary>
    public static void ScatterAdd<T>(ReadOnlySpan<T> source, ReadOnlySpan<int> indices, int outer, int inner, int small, int large,
        Span<T> destination)
        where T : IAdditionOperators<T, T, T>
    {
        destination.Clear();
        for (int n = 0; n < outer; n++)
        {
            Span<T> image = destination.Slice(n * large * inner, large * inner);
            for (int at = n * small * inner, end = at + small * inner, c = 0; at < end; at++, c = c + 1 == inner ? 0 : c + 1)
                image[indices[at] * inner + c] += source[at];
        }
    }

    /// <summary>small = large[index].</summary>
    public static void Gather<T>(ReadOnlySpan<T> source, ReadOnlySpan<int> indices, int outer, int inner, int small, int large,
        Span<T> destination)
    {
        for (int n = 0; n < outer; n++)
        {
            ReadOnlySpan<T> image = source.Slice(n * large * inner, large * inner);
            for (int at = n * small * inner, end = at + small * inner, c = 0; at < end; at++, c = c + 1 == inner ? 0 : c + 1)
                destination[at] = image[indices[at] * inner + c];
        }
    }
}
