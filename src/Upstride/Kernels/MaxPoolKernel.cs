using System.Numerics;
using System.Runtime.Intrinsics;

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
        (int begin, int end) = typeof(T) == typeof(float) && inner == 1 && Vector256.IsHardwareAccelerated ? EquallySpaced(width) : (0, 0);
        for (int n = 0; n < outer; n++)
        {
            ReadOnlySpan<T> image = source.Slice(n * plane * inner, plane * inner);
            for (int z = 0; z < depth.First.Length; z++)
                for (int y = 0; y < height.First.Length; y++, at += width.First.Length * inner)
                {
                    Span<T> best = destination.Slice(at, width.First.Length * inner);
                    Span<int> where = indices.Slice(at, best.Length);
                    for (int x = 0; x < width.First.Length; x++)
                    {
                        if (x == begin && begin < end)
                        {
                            Row(Reinterpret.As<T, float>(image), depth, height, width, z, y, begin, end,
                                Reinterpret.As<T, float>(best), where);
                            x = end - 1;
                        }
                        else if (inner == 1) (best[x], where[x]) = Greatest(image, depth, height, width, z, y, x);
                        else
                        {
                            Window(image, inner, depth, height, width, z, y, x, best.Slice(x * inner, inner),
                                where.Slice(x * inner, inner));
                        }
                    }
                }
        }
    }

    // The whole windows of a row, which follow one another at a distance that vectors can be loaded with; none where they are fewer than a
    // vector's elements.
    private static (int Begin, int End) EquallySpaced(PoolWindows width)
    {
        int count = width.First.Length, taps = 0, begin = 0;
        foreach (int inside in width.Count) taps = Math.Max(taps, inside);
        while (begin < count && width.Count[begin] < taps) begin++;
        if (begin + 1 >= count || width.First[begin + 1] - width.First[begin] is not (1 or 2)) return (0, 0);
        int stride = width.First[begin + 1] - width.First[begin], end = begin + 1;
        while (end < count && width.Count[end] == taps && width.First[end] - width.First[end - 1] == stride) end++;
        return end - begin < Vector256<float>.Count ? (0, 0) : (begin, end);
    }

    // The windows begin .. end - 1 of a row, eight side by side; the last vector ends where they end.
    private static void Row(ReadOnlySpan<float> image, PoolWindows depth, PoolWindows height, PoolWindows width, int z, int y, int begin,
        int end, Span<float> destination, Span<int> indices)
    {
        int lanes = Vector256<float>.Count, taps = width.Count[begin], stride = width.First[begin + 1] - width.First[begin];
        Vector256<int> spread = Vector256<int>.Indices * stride;
        for (int o = begin; o < end; o += lanes)
        {
            int at = Math.Min(o, end - lanes);
            Vector256<float> best = Vector256.Create(float.NegativeInfinity);
            Vector256<int> where = default;
            bool isFirst = true;
            for (int k = 0; k < depth.Count[z]; k++)
            {
                int slab = (depth.First[z] + k * depth.Step) * height.Input;
                for (int j = 0; j < height.Count[y]; j++)
                {
                    int index = (slab + height.First[y] + j * height.Step) * width.Input + width.First[at];
                    for (int i = 0; i < taps; i++, index += width.Step)
                    {
                        Vector256<float> elements = stride == 1 ? Vector256.Create(image[index..]) : EverySecond(image[index..]);
                        Vector256<int> places = spread + Vector256.Create(index);
                        Vector256<float> better = isFirst ? Vector256<float>.AllBitsSet
                            : Vector256.GreaterThan(elements, best) | ~Vector256.Equals(elements, elements);
                        best = Vector256.ConditionalSelect(better, elements, best);
                        where = Vector256.ConditionalSelect(better.AsInt32(), places, where);
                        isFirst = false;
                    }
                }
            }
            best.CopyTo(destination[at..]);
            where.CopyTo(indices[at..]);
        }
    }

    // The first, the third, ... and the fifteenth element.
    private static Vector256<float> EverySecond(ReadOnlySpan<float> elements)
    {
        Vector256<float> left = Vector256.Shuffle(Vector256.Create(elements), Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6)),
            right = Vector256.Shuffle(Vector256.Create(elements[7..]), Vector256.Create(1, 3, 5, 7, 1, 3, 5, 7));
        return Vector256.Create(left.GetLower(), right.GetUpper());
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
