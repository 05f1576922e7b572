namespace Upstride.Kernels;

/// <summary>Copies between two arrays whose elements are found by strides.</summary>
/// <remarks>
/// Contract. Element (i0, i1, ...) with <c>0 &lt;= ia &lt; lengths[a]</c> is at the sum of <c>ia*strides[a]</c> on either side, and both
/// sides hold all of these places. What the destination holds elsewhere stays. The arrays share no memory.
/// </remarks>
internal static class StridedCopy
{
    /// <summary>The copy as the remarks say it.</summary>
    public static void Run<T>(
        ReadOnlySpan<T> source, ReadOnlySpan<int> lengths, ReadOnlySpan<int> sourceStrides, ReadOnlySpan<int> destinationStrides,
            Span<T> destination)
    {
        if (lengths.IsEmpty)
        {
            destination[0] = source[0];
            return;
        }
        int length = lengths[0], from = sourceStrides[0], to = destinationStrides[0];
        if (lengths.Length > 1)
        {
            for (int i = 0; i < length; i++)
                Run(source[(i * from)..], lengths[1..], sourceStrides[1..], destinationStrides[1..], destination[(i * to)..]);
        }
        else if (from == 1 && to == 1)
        {
            source[..length].CopyTo(destination);
        }
        else
        {
            for (int i = 0, s = 0, d = 0; i < length; i++, s += from, d += to) destination[d] = source[s];
        }
    }
}
