using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>
/// Two tensors whose shapes broadcast as NumPy's do: aligned at the last axis, and an axis of length 1 stands for any length. The axes
/// are merged into runs in which each operand either advances or stands still, so that the innermost run is one call.
/// </summary>
internal sealed class Broadcasting
{
    private readonly int[] _lengths;
    private readonly int[] _leftSteps;
    private readonly int[] _rightSteps;

    private Broadcasting(int[] lengths, int[] leftSteps, int[] rightSteps) => (_lengths, _leftSteps, _rightSteps) = (lengths, leftSteps, rightSteps);

    /// <summary>Computes a run of elements from two runs as long.</summary>
    public delegate void Elementwise<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination);

    /// <summary>Computes a run of elements from a run and one element, which is the right operand.</summary>
    public delegate void WithScalar<T>(ReadOnlySpan<T> left, T right, Span<T> destination);

    /// <summary>The shape of both together.</summary>
    /// <exception cref="OnnxFormatException">They do not broadcast.</exception>
    public static TensorShape Shape(Operands inputs, TensorShape left, TensorShape right)
    {
        var lengths = new nint[Math.Max(left.Rank, right.Rank)];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            (int l, int r) = (LengthAt(left, axis, lengths.Length), LengthAt(right, axis, lengths.Length));
            if (l != r && l != 1 && r != 1)
                throw inputs.Fault($"shapes {left} and {right} do not broadcast: lengths {l} and {r} of axis {axis}, and they must be equal or one of them 1");
            lengths[axis] = l == 1 ? r : l;
        }
        return new(lengths);
    }

    public static Broadcasting Of(TensorShape output, TensorShape left, TensorShape right)
    {
        var runs = new List<(int Length, bool LeftMoves, bool RightMoves)>();
        for (int axis = 0; axis < output.Rank; axis++)
        {
            if (output[axis] == 1) continue;
            (bool l, bool r) = (LengthAt(left, axis, output.Rank) != 1, LengthAt(right, axis, output.Rank) != 1);
            if (runs is [.., var last] && last.LeftMoves == l && last.RightMoves == r)
                runs[^1] = (last.Length * output[axis], l, r);
            else
                runs.Add((output[axis], l, r));
        }
        if (runs.Count == 0) runs.Add((1, true, true));
        int[] lengths = [.. runs.Select(static run => run.Length)];
        return new(lengths, Steps(lengths, [.. runs.Select(static run => run.LeftMoves)]), Steps(lengths, [.. runs.Select(static run => run.RightMoves)]));
    }

    /// <summary>Computes output 0 of a frame from its inputs 0 and 1.</summary>
    /// <param name="frame">The memory.</param>
    /// <param name="elementwise">For runs in which both advance.</param>
    /// <param name="withScalar">For runs in which the right operand stands still.</param>
    /// <param name="scalarFirst">For runs in which the left operand stands still, given as the second argument; null where the operands may change places.</param>
    public void Run<T>(Frame frame, Elementwise<T> elementwise, WithScalar<T> withScalar, WithScalar<T>? scalarFirst = null) where T : unmanaged
    {
        ReadOnlySpan<T> left = frame.Input<T>(0), right = frame.Input<T>(1);
        Span<T> destination = frame.Output<T>(0);
        int run = _lengths[^1];
        if (destination.IsEmpty) return;
        Span<int> index = stackalloc int[_lengths.Length];
        index.Clear();
        int l = 0, r = 0;
        for (int done = 0; done < destination.Length; done += run)
        {
            Span<T> target = destination.Slice(done, run);
            if (_leftSteps[^1] == 0)
                (scalarFirst ?? withScalar)(right.Slice(r, run), left[l], target);
            else if (_rightSteps[^1] == 0)
                withScalar(left.Slice(l, run), right[r], target);
            else
                elementwise(left.Slice(l, run), right.Slice(r, run), target);
            for (int axis = _lengths.Length - 2; axis >= 0; axis--)
            {
                l += _leftSteps[axis];
                r += _rightSteps[axis];
                if (++index[axis] < _lengths[axis]) break;
                l -= _leftSteps[axis] * _lengths[axis];
                r -= _rightSteps[axis] * _lengths[axis];
                index[axis] = 0;
            }
        }
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
