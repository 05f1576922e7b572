using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// A tensor each of whose elements is one of another tensor, found there by strides: a transposition, a slice, a repetition. Loops over
/// what lies side by side on both sides are merged; what remains is copied in runs, filled, or turned in square blocks.
/// </summary>
internal sealed unsafe class StridedGather
{
    private readonly Loop[] _loops;
    private readonly int _offset;

    private StridedGather(Loop[] loops, int offset) => (_loops, _offset) = (loops, offset);

    /// <summary>
    /// The tensor of these lengths whose element (i0, i1, ...) is at <paramref name="offset"/> + the sum of ia * strides[a].
    /// </summary>
    public static StridedGather Of(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, int offset = 0)
    {
        var loops = new List<Loop>();
        int step = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            if (lengths[axis] == 0) return new([], 0);
            if (lengths[axis] == 1) continue;
            if (loops is [.., var inner] && strides[axis] == (long)inner.From * inner.Length)
                loops[^1] = inner with { Length = inner.Length * lengths[axis] };
            else
                loops.Add(new(lengths[axis], strides[axis], step));
            step *= lengths[axis];
        }
        loops.Reverse();

        // The loops of the innermost block come last: the one along which the destination is written and, where the source is read along
        // another, that one.
        int along = loops.FindIndex(static loop => loop.From == 1);
        if (loops.Count > 2 && along >= 0 && along < loops.Count - 2)
        {
            loops.Insert(loops.Count - 1, loops[along]);
            loops.RemoveAt(along);
        }
        while (loops.Count < 2) loops.Insert(0, new(1, 0, 0));
        return new([.. loops], offset);
    }

    /// <summary>The tensor whose axis a is the axis <paramref name="order"/>[a] of a tensor of this shape.</summary>
    public static StridedGather Transpose(TensorShape shape, ReadOnlySpan<int> order)
    {
        var lengths = new int[order.Length];
        var strides = new int[order.Length];
        int[] own = RowMajor(shape);
        for (int axis = 0; axis < lengths.Length; axis++) (lengths[axis], strides[axis]) = (shape[order[axis]], own[order[axis]]);
        return Of(lengths, strides);
    }

    /// <summary>The distance between neighbours along each axis of a tensor in row-major order.</summary>
    public static int[] RowMajor(TensorShape shape)
    {
        var strides = new int[shape.Rank];
        for (int axis = strides.Length - 1, step = 1; axis >= 0; step *= shape[axis--]) strides[axis] = step;
        return strides;
    }

    /// <summary>Fills <paramref name="destination"/>, in row-major order.</summary>
    public void Run<T>(ReadOnlySpan<T> source, Span<T> destination, ComputeSettings settings) where T : unmanaged
    {
        if (destination.IsEmpty) return;
        fixed (T* pinnedSource = source)
        fixed (T* pinned = destination)
        {
            (nint from, nint to) = ((nint)(pinnedSource + _offset), (nint)pinned);

            // A run of the source that lies there already.
            if (from == to) return;
            Loop first = _loops[0];
            ParallelRanges.For(first.Length, settings, (start, end) =>
            {
                var part = (Loop[])_loops.Clone();
                part[0] = first with { Length = end - start };
                Walk(part, (T*)from + ((nint)start * first.From), (T*)to + ((nint)start * first.To));
            }, cost: destination.Length / first.Length);
        }
    }

    /// <summary>Fills output 0 of a frame from input 0.</summary>
    public PreparedNode Computation(Storage storage, ComputeSettings settings) => storage switch
    {
        Storage.Float => new(frame => Run(frame.Input<float>(0), frame.Output<float>(0), settings)),
        Storage.Integer => new(frame => Run(frame.Input<long>(0), frame.Output<long>(0), settings)),
        _ => new(frame => Run(frame.Input<bool>(0), frame.Output<bool>(0), settings)),
    };

    private static void Walk<T>(ReadOnlySpan<Loop> loops, T* source, T* destination) where T : unmanaged
    {
        Loop loop = loops[0];
        if (loops.Length == 2)
        {
            Plane(loop, loops[1], source, destination);
            return;
        }
        for (int i = 0; i < loop.Length; i++) Walk(loops[1..], source + ((nint)i * loop.From), destination + ((nint)i * loop.To));
    }

    // The inner loop writes side by side.
    private static void Plane<T>(Loop outer, Loop inner, T* source, T* destination) where T : unmanaged
    {
        if (outer.From == 1 && inner.From is not (0 or 1))
        {
            BlockTranspose.Run(source, inner.From, destination, outer.To, inner.Length, outer.Length);
            return;
        }
        for (int i = 0; i < outer.Length; i++)
        {
            T* from = source + ((nint)i * outer.From), to = destination + ((nint)i * outer.To);
            if (inner.From == 1) new ReadOnlySpan<T>(from, inner.Length).CopyTo(new(to, inner.Length));
            else if (inner.From == 0) new Span<T>(to, inner.Length).Fill(*from);
            else
                for (int j = 0; j < inner.Length; j++) to[j] = from[(nint)j * inner.From];
        }
    }

    /// <summary>One loop: how often, and how far each side goes on.</summary>
    private readonly record struct Loop(int Length, int From, int To);
}
