using System.Numerics;

namespace Upstride.Kernels;

/// <summary>
/// Along one axis: how many inputs there are, and which of them each window sees (<c>First[o] + t*Step</c> for t below <c>Count[o]</c>).
/// </summary>
internal readonly ref struct PoolWindows(int input, ReadOnlySpan<int> first, ReadOnlySpan<int> count, int step)
{
    public int Input { get; } = input;

    public ReadOnlySpan<int> First { get; } = first;

    public ReadOnlySpan<int> Count { get; } = count;

    public int Step { get; } = step;
}

/// <summary>The greatest element of each window, and where it was.</summary>
/// <remarks>
/// Contract. The source is [outer, depth, height, width, inner], dense; destination and indices have the windows' counts instead of depth,
/// height and width and are written in full, never read. Every window has at least one element inside. An index counts
/// (depth, height, width) alone. Of equal elements the first one wins; a NaN beats everything before it.
/// </remarks>
internal static class MaxPoolKernel
{
    /// <summary>The pooling as the remarks say it.</summary>
    public static void Run<T>(
        ReadOnlySpan<T> source, int outer, int inner, PoolWindows depth, PoolWindows height, PoolWindows width, Span<T> destination,
            Span<int> indices)
        where T : INumberBase<T>, IComparisonOperators<T, T, bool>
    {
        int plane = depth.Input * height.Input * width.Input, at = 0;
        for (int n = 0; n < outer; n++)
        {
            ReadOnlySpan<T> image = source.Slice(n * plane * inner, plane * inner);
            for (int z = 0; z < depth.First.Length; z++)
                for (int y = 0; y < height.First.Length; y++)
                    for (int x = 0; x < width.First.Length; x++, at += inner)
                        if (inner == 1) (destination[at], indices[at]) = Greatest(image, depth, height, width, z, y, x);
                        else Window(image, inner, depth, height, width, z, y, x, destination.Slice(at, inner), indices.Slice(at, inner));
        }
    }

    // A window of single elements, whose greatest stays in a register.
    private static (T Best, int Where) Greatest<T>(ReadOnlySpan<T> image, PoolWindows depth, PoolWindows height, PoolWindows width, int z,
        int y, int x)
        where T : INumberBase<T>, IComparisonOperators<T, T, bool>
    {
        int where = ((depth.First[z] * height.Input) + height.First[y]) * width.Input + width.First[x];
        T best = image[where];
        for (int k = 0; k < depth.Count[z]; k++)
        {
            int slab = (depth.First[z] + k * depth.Step) * height.Input;
            for (int j = 0; j < height.Count[y]; j++)
            {
                int index = (slab + height.First[y] + j * height.Step) * width.Input + width.First[x];
                for (int i = 0; i < width.Count[x]; i++, index += width.Step)
                {
                    T element = image[index];
                    if (element > best || T.IsNaN(element)) (best, where) = (element, index);
                }
            }
        }
        return (best, where);
    }

    private static void Window<T>(
        ReadOnlySpan<T> image, int inner, PoolWindows depth, PoolWindows height, PoolWindows width, int z, int y, int x, Span<T> best,
            Span<int> where)
        where T : INumberBase<T>, IComparisonOperators<T, T, bool>
    {
        bool first = true;
        for (int k = 0; k < depth.Count[z]; k++)
        {
            int slab = (depth.First[z] + k * depth.Step) * height.Input;
            for (int j = 0; j < height.Count[y]; j++)
            {
                int row = (slab + height.First[y] + j * height.Step) * width.Input + width.First[x];
                for (int i = 0; i < width.Count[x]; i++)
                {
                    int index = row + i * width.Step;
                    ReadOnlySpan<T> elements = image.Slice(index * inner, inner);
                    if (first)
                    {
                        elements.CopyTo(best);
                        where.Fill(index);
                        first = false;
                        continue;
                    }
                    for (int c = 0; c < elements.Length; c++)
                    {
                        if (elements[c] > best[c] || T.IsNaN(elements[c]))
                        {
                            best[c] = elements[c];
                            where[c] = index;
                        }
                    }
                }
            }
        }
    }
}
