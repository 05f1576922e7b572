using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// Tensors whose shapes broadcast as NumPy's do: aligned at the last axis, and an axis of length 1 stands for any length. The output is
/// computed in blocks; an operand that has the output's shape is read where it lies, of any other the block's elements are brought
/// together first. Axes are merged into runs in which each operand either advances or stands still.
/// </summary>
internal sealed unsafe class BroadcastLoop
{
    // Three operands and the output of a block lie in the first cache.
    private const int Block = 2048;

    private readonly int[] _lengths;
    private readonly int[][] _steps;
    private readonly bool[] _dense;

    private BroadcastLoop(int[] lengths, int[][] steps, bool[] dense) => (_lengths, _steps, _dense) = (lengths, steps, dense);

    /// <summary>Computes a run of elements from two runs as long.</summary>
    public delegate void Elementwise<TLeft, TRight, TResult>(ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right,
        Span<TResult> destination);

    /// <summary>Computes a run of elements from three runs as long.</summary>
    public delegate void Elementwise<TFirst, TSecond, TThird, TResult>(ReadOnlySpan<TFirst> first, ReadOnlySpan<TSecond> second,
        ReadOnlySpan<TThird> third, Span<TResult> destination);

    /// <summary>The shape of both together.</summary>
    /// <exception cref="OnnxFormatException">They do not broadcast.</exception>
    public static TensorShape Shape(NodeInputs inputs, TensorShape left, TensorShape right)
    {
        var lengths = new nint[Math.Max(left.Rank, right.Rank)];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            (int l, int r) = (LengthAt(left, axis, lengths.Length), LengthAt(right, axis, lengths.Length));
            if (l != r && l != 1 && r != 1)
                throw inputs.Fault(
                    $"shapes {left} and {right} do not broadcast: lengths {l} and {r} of axis {axis}, and they must be equal or one of "
                        + $"them 1");
            lengths[axis] = l == 1 ? r : l;
        }
        return new(lengths);
    }

    /// <summary>Operands of these shapes, which broadcast to the output's.</summary>
    public static BroadcastLoop Of(TensorShape output, params ReadOnlySpan<TensorShape> operands)
    {
        var lengths = new List<int>();
        var moves = new List<bool[]>();
        for (int axis = 0; axis < output.Rank && output.Count > 0; axis++)
        {
            if (output[axis] == 1) continue;
            var here = new bool[operands.Length];
            for (int i = 0; i < here.Length; i++) here[i] = LengthAt(operands[i], axis, output.Rank) != 1;
            if (moves is [.., var last] && last.SequenceEqual(here))
            {
                lengths[^1] *= output[axis];
            }
            else
            {
                lengths.Add(output[axis]);
                moves.Add(here);
            }
        }
        if (lengths.Count == 0)
        {
            lengths.Add(1);
            moves.Add(Arrays.Repeat(true, operands.Length).ToArray());
        }
        int[] merged = [.. lengths];
        var steps = new int[operands.Length][];
        var dense = new bool[operands.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            dense[i] = operands[i].Count == output.Count;
            steps[i] = Steps(merged, [.. moves.Select(one => one[i])]);
        }
        return new(merged, steps, dense);
    }

    /// <summary>Computes output 0 of a frame from its inputs 0 and 1.</summary>
    public void Run<TLeft, TRight, TResult>(NodeContext frame, ComputeSettings settings, Elementwise<TLeft, TRight, TResult> elementwise)
        where TLeft : unmanaged
        where TRight : unmanaged
        where TResult : unmanaged =>
        Run(frame.Input<TLeft>(0), frame.Input<TRight>(1), frame.Output<TResult>(0), settings, elementwise);

    /// <summary>Computes each element of <paramref name="destination"/>; it may be the memory of an operand that has its shape.</summary>
    public void Run<TLeft, TRight, TResult>(ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TResult> destination,
        ComputeSettings settings, Elementwise<TLeft, TRight, TResult> elementwise)
        where TLeft : unmanaged
        where TRight : unmanaged
        where TResult : unmanaged =>
        Run(left, right, ReadOnlySpan<bool>.Empty, destination, settings, (first, second, _, result) => elementwise(first, second, result));

    /// <inheritdoc cref="Run{TLeft, TRight, TResult}(ReadOnlySpan{TLeft}, ReadOnlySpan{TRight}, Span{TResult}, ComputeSettings, Elementwise{TLeft, TRight, TResult})"/>
    public void Run<TFirst, TSecond, TThird, TResult>(
        ReadOnlySpan<TFirst> first, ReadOnlySpan<TSecond> second, ReadOnlySpan<TThird> third, Span<TResult> destination,
        ComputeSettings settings, Elementwise<TFirst, TSecond, TThird, TResult> elementwise)
        where TFirst : unmanaged
        where TSecond : unmanaged
        where TThird : unmanaged
        where TResult : unmanaged
    {
        fixed (TFirst* pinnedFirst = first)
        fixed (TSecond* pinnedSecond = second)
        fixed (TThird* pinnedThird = third)
        fixed (TResult* pinned = destination)
        {
            (nint a, nint b, nint c, nint to) = ((nint)pinnedFirst, (nint)pinnedSecond, (nint)pinnedThird, (nint)pinned);
            (int lengthA, int lengthB, int lengthC) = (first.Length, second.Length, third.Length);
            ParallelRanges.For(destination.Length, settings, (start, end) =>
            {
                Span<TFirst> bufferA = stackalloc TFirst[Math.Min(Block, end - start)];
                Span<TSecond> bufferB = stackalloc TSecond[bufferA.Length];
                Span<TThird> bufferC = stackalloc TThird[_steps.Length > 2 ? bufferA.Length : 0];
                for (int at = start; at < end; at += Block)
                {
                    int count = Math.Min(Block, end - at);
                    elementwise(
                        Elements(0, new((void*)a, lengthA), at, bufferA[..count]),
                        Elements(1, new((void*)b, lengthB), at, bufferB[..count]),
                        _steps.Length > 2 ? Elements(2, new((void*)c, lengthC), at, bufferC[..count]) : default,
                        new((TResult*)to + at, count));
                }
            });
        }
    }

    /// <summary>
    /// An operand's elements for those of the output from <paramref name="at"/> on, where they lie or in <paramref name="buffer"/>.
    /// </summary>
    private ReadOnlySpan<T> Elements<T>(int operand, ReadOnlySpan<T> source, int at, Span<T> buffer) where T : unmanaged
    {
        if (_dense[operand]) return source.Slice(at, buffer.Length);
        int[] steps = _steps[operand];
        int last = _lengths.Length - 1, run = _lengths[last];
        Span<int> index = stackalloc int[_lengths.Length];
        (int rest, int within) = Math.DivRem(at, run);
        int place = 0;
        for (int axis = last - 1; axis >= 0; axis--)
        {
            (rest, index[axis]) = Math.DivRem(rest, _lengths[axis]);
            place += index[axis] * steps[axis];
        }
        for (int done = 0; done < buffer.Length; within = 0)
        {
            Span<T> target = buffer.Slice(done, Math.Min(run - within, buffer.Length - done));
            if (steps[last] == 0) target.Fill(source[place]);
            else source.Slice(place + within, target.Length).CopyTo(target);
            done += target.Length;
            for (int axis = last - 1; axis >= 0; axis--)
            {
                place += steps[axis];
                if (++index[axis] < _lengths[axis]) break;
                place -= steps[axis] * _lengths[axis];
                index[axis] = 0;
            }
        }
        return buffer;
    }

    private static int LengthAt(TensorShape shape, int axis, int rank)
    {
        int own = axis - (rank - shape.Rank);
        return own < 0 ? 1 : shape[own];
    }

    private static int[] Steps(int[] lengths, bool[] moves)
    {
        var steps = new int[lengths.Length];
        int step = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            if (!moves[axis]) continue;
            steps[axis] = step;
            step *= lengths[axis];
        }
        return steps;
    }
}
