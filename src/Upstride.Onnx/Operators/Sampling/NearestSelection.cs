using Upstride.Geometry;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary>
/// A resize by nearest neighbour of elements of any kind: which input each output along each axis is, as the axes are independent.
/// </summary>
/// <typeparam name="T">The elements.</typeparam>
internal sealed class NearestSelection<T> where T : unmanaged
{
    private const int Outside = -1;

    private readonly int[] _inputs;
    private readonly int[][] _sources;
    private readonly T _outside;

    /// <param name="geometry">The sizes, of a resize by nearest neighbour.</param>
    /// <param name="outside">What an output outside the region of interest becomes.</param>
    public NearestSelection(ResizeGeometry geometry, T outside)
    {
        _inputs = [.. geometry.Axes.Select(static axis => axis.Input)];
        _sources = [.. geometry.Axes.Select(axis => Sources(axis, geometry.Method))];
        _outside = outside;
    }

    /// <summary>Bytes of the tables.</summary>
    public long Bytes => _sources.Sum(static sources => (long)sources.Length * sizeof(int));

    /// <summary>Resizes one tensor.</summary>
    public void Run(ReadOnlySpan<T> source, Span<T> destination) => Select(source, destination, axis: 0);

    private void Select(ReadOnlySpan<T> source, Span<T> destination, int axis)
    {
        int[] sources = _sources[axis];
        int from = source.Length / _inputs[axis], to = destination.Length / sources.Length;
        if (axis == _sources.Length - 1)
        {
            for (int o = 0; o < sources.Length; o++) destination[o] = sources[o] == Outside ? _outside : source[sources[o]];
            return;
        }
        for (int o = 0; o < sources.Length; o++)
        {
            Span<T> target = destination.Slice(o * to, to);
            if (sources[o] == Outside) target.Fill(_outside);
            else if (o > 0 && sources[o] == sources[o - 1]) destination.Slice((o - 1) * to, to).CopyTo(target);
            else Select(source.Slice(sources[o] * from, from), target, axis + 1);
        }
    }

    /// <summary>For each output along an axis its input; -1 outside the region of interest.</summary>
    public static int[] Sources(ResizeAxis axis, ResizeMethod method)
    {
        if (axis.IsIdentity) return [.. Arrays.Range(0, axis.Output)];
        ResizeTaps taps = ResizeTaps.Create(axis, method);
        int[] sources = taps.First.ToArray();
        for (int o = 0; o < sources.Length; o++)
            if (axis.IsOutside(o)) sources[o] = Outside;
        return sources;
    }
}
