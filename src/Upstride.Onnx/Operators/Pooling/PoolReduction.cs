using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary>
/// The reduction of every window of a plane, separably: the rows of a window are combined whole, and the one row that comes of it is
/// taken apart by its residues modulo the stride, so that neighbouring windows read neighbouring elements and each tap is one
/// combination of two runs.
/// </summary>
internal sealed class PoolReduction<T, TReduction>
    where T : unmanaged, INumber<T>
    where TReduction : IPoolReduction<T>
{
    private readonly Line _depth;
    private readonly Line _height;
    private readonly PoolAxis _width;
    private readonly int _row;
    private readonly int _head;
    private readonly int _phase;
    private readonly int _phases;
    private readonly bool _spread;
    private readonly bool _sparse;

    // Where windows neither overlap nor leave a rest along the width, the combined rows of a plane are one long row.
    private readonly int _lines;
    private readonly Pool2x2<TReduction>? _pairs;

    /// <param name="axes">One to three spatial axes, outermost first.</param>
    public PoolReduction(ImmutableArray<PoolAxis> axes)
    {
        _depth = axes.Length > 2 ? new(axes[^3]) : Line.None;
        _height = axes.Length > 1 ? new(axes[^2]) : Line.None;
        _width = axes[^1];
        long reach = Math.Max(((long)_width.Output - 1) * _width.Stride + (_width.Kernel - 1L) * _width.Dilation + 1,
            (long)_width.Head + _width.Input);

        // Of a kernel that reaches far beyond the input few taps count: nothing as long as its reach is made for it, and no tap is combined
        // that meets padding alone.
        _sparse = reach > 8 * ((long)_width.Input + _width.Output) + 1024 || _width.Kernel > 8L * _width.MaxTaps;
        bool joined = !_sparse && _width.Head == 0 && reach == _width.Input && (long)_width.Output * _width.Stride == _width.Input;
        _lines = joined ? _depth.Windows.Length * _height.Windows.Length : 1;
        _row = _sparse ? _width.Input : (int)reach * _lines;
        _head = _sparse ? 0 : _width.Head;
        _spread = !_sparse && _width.Stride > 1 && _width.Kernel > 1;
        _phase = (int)Integers.DivideUp((long)_row, _width.Stride);

        // The residues of the taps repeat after so many taps; only those are laid out, however long the stride is.
        _phases = _spread
            ? Math.Min(_width.Kernel, _width.Stride / (int)BigInteger.GreatestCommonDivisor(_width.Stride, _width.Dilation)) : 0;
        if (typeof(T) == typeof(float) && _width is { Stride: 2, Kernel: 2, Dilation: 1, Head: 0 } && 2L * _width.Output <= _width.Input
            && _width.Output >= Pool2x2<TReduction>.MinOutput)
            _pairs = new(_width.Input, _width.Output, _depth.Input * _height.Input, WindowRows());
    }

    private int PlaneLength => _depth.Input * _height.Input * _width.Input;

    private int OutputLength => _depth.Windows.Length * _height.Windows.Length * _width.Output;

    /// <summary>Reduces planes.</summary>
    /// <param name="planes">[depth, height, width] of each, one after another.</param>
    /// <param name="destination">The windows of each, in their order.</param>
    public void Run(ReadOnlySpan<T> planes, Span<T> destination)
    {
        if (_pairs is not null)
        {
            _pairs.Run(MemoryMarshal.Cast<T, float>(planes), MemoryMarshal.Cast<T, float>(destination));
            return;
        }
        for (int plane = PlaneLength; !planes.IsEmpty; planes = planes[plane..], destination = destination[OutputLength..])
            RunPlane(planes[..plane], destination[..OutputLength]);
    }

    private void RunPlane(ReadOnlySpan<T> plane, Span<T> destination)
    {
        T[] rented = ArrayPool<T>.Shared.Rent(checked(_row + _phase * _phases));
        Span<T> row = rented.AsSpan(0, _row), phases = rented.AsSpan(_row);
        row.Fill(TReduction.Identity);
        for (int z = 0, line = 0, at = 0; z < _depth.Windows.Length; z++)
            for (int y = 0; y < _height.Windows.Length; y++)
            {
                CombineRows(plane, _depth.Windows[z], _height.Windows[y], row.Slice(_head + line * _width.Input, _width.Input));
                if (++line < _lines) continue;
                Span<T> target = destination.Slice(at, _lines * _width.Output);
                (line, at) = (0, at + target.Length);
                if (_sparse)
                    CombineWindows(row, target);
                else if (_spread)
                    CombineTaps(Spread(row, phases), target);
                else
                    CombineTaps(row, target);
            }
        ArrayPool<T>.Shared.Return(rented);
    }

    // The rows of every window, by their places in the plane.
    private List<int[]> WindowRows() =>
    [
        .. from deep in _depth.Windows
           from high in _height.Windows
           select (int[])[.. from k in Arrays.Range(0, deep.Count)
                             from j in Arrays.Range(0, high.Count)
                             select (deep.First + k * _depth.Step) * _height.Input + high.First + j * _height.Step],
    ];

    private void CombineRows(ReadOnlySpan<T> plane, (int First, int Count) depth, (int First, int Count) height, Span<T> row)
    {
        ReadOnlySpan<T> first = default;
        int seen = 0;
        for (int k = 0; k < depth.Count; k++)
            for (int j = 0; j < height.Count; j++, seen++)
            {
                int index = (depth.First + k * _depth.Step) * _height.Input + height.First + j * _height.Step;
                ReadOnlySpan<T> next = plane.Slice(index * row.Length, row.Length);
                if (seen == 0)
                    first = next;
                else
                    TReduction.Combine(seen == 1 ? first : row, next, row);
            }
        if (seen == 1) first.CopyTo(row);
    }

    // Phase t holds row[r], row[r + stride], ... for the residue r of tap t.
    private ReadOnlySpan<T> Spread(ReadOnlySpan<T> row, Span<T> phases)
    {
        int stride = _width.Stride;
        for (int t = 0; t < _phases; t++)
        {
            int residue = (int)((long)t * _width.Dilation % stride);
            EveryNth.Copy(row[residue..], stride, phases.Slice(t * _phase, Integers.DivideUp(_row - residue, stride)));
        }
        return phases;
    }

    private void CombineTaps(ReadOnlySpan<T> phases, Span<T> target)
    {
        if (_width.Kernel == 1)
        {
            EveryNth.Copy(phases, _width.Stride, target);
            return;
        }
        for (int t = 1; t < _width.Kernel; t++)
            TReduction.Combine(t == 1 ? Tap(phases, 0, target.Length) : target, Tap(phases, t, target.Length), target);
    }

    private void CombineWindows(ReadOnlySpan<T> row, Span<T> target)
    {
        for (int o = 0; o < target.Length; o++)
        {
            (int first, int count) = _width.WindowOf(o);
            target[o] = row[first];
            for (int t = 1; t < count; t++)
                TReduction.Combine(target.Slice(o, 1), row.Slice(first + t * _width.Dilation, 1), target.Slice(o, 1));
        }
    }

    private ReadOnlySpan<T> Tap(ReadOnlySpan<T> phases, int tap, int count)
    {
        if (!_spread) return phases.Slice(tap * _width.Dilation, count);
        return phases.Slice(tap % _phases * _phase + tap * _width.Dilation / _width.Stride, count);
    }

    /// <summary>An outer axis: the inputs of each of its windows.</summary>
    private sealed record Line(int Input, int Step, (int First, int Count)[] Windows)
    {
        public Line(PoolAxis axis) : this(axis.Input, axis.Dilation, [.. Arrays.Range(0, axis.Output).Select(axis.WindowOf)])
        {
        }

        /// <summary>A missing axis is one window over one element.</summary>
        public static Line None { get; } = new(1, 1, [(0, 1)]);
    }
}
