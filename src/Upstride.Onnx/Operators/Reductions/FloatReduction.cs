using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Threads;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// Reduces [outer, length, inner] to [outer, inner]: rows where the elements lie side by side, else many columns at once.
/// </summary>
internal sealed unsafe class FloatReduction(Reduction reduction, AxisSplit split, ComputeSettings settings)
{
    // Columns whose sums stay in the first cache.
    private const int Columns = 1024;

    public void Run(ReadOnlySpan<float> input, Span<float> destination)
    {
        fixed (float* pinnedInput = input)
        fixed (float* pinned = destination)
        {
            (nint from, nint to) = ((nint)pinnedInput, (nint)pinned);
            (int size, int blocks) = (split.Length * split.Inner, Integers.DivideUp(split.Inner, Columns));
            ParallelRanges.For(split.Outer * blocks, settings, (start, end) =>
            {
                for (int item = start; item < end; item++)
                {
                    (int outer, int column) = (item / blocks, item % blocks * Columns);
                    ReadOnlySpan<float> source = new((float*)from + ((nint)outer * size), size);
                    Span<float> target = new((float*)to + ((nint)outer * split.Inner) + column, Math.Min(Columns, split.Inner - column));
                    if (split.Inner == 1) target[0] = Row(source);
                    else Block(source, column, target);
                }
            }, cost: split.Length * Math.Min(split.Inner, Columns));
        }
    }

    private float Row(ReadOnlySpan<float> row) => reduction switch
    {
        Reduction.Sum => TensorPrimitives.Sum(row),
        Reduction.Mean => TensorPrimitives.Sum(row) / row.Length,
        Reduction.Maximum => row.IsEmpty ? float.NegativeInfinity : TensorPrimitives.Max(row),
        Reduction.Minimum => row.IsEmpty ? float.PositiveInfinity : TensorPrimitives.Min(row),
        Reduction.Product => row.IsEmpty ? 1 : TensorPrimitives.Product(row),
        Reduction.L1 => TensorPrimitives.SumOfMagnitudes(row),
        Reduction.L2 => MathF.Sqrt(TensorPrimitives.SumOfSquares(row)),
        Reduction.LogSum => MathF.Log(TensorPrimitives.Sum(row)),
        Reduction.SumSquare => TensorPrimitives.SumOfSquares(row),
        _ => LogSumExp(row),
    };

    private static float LogSumExp(ReadOnlySpan<float> row)
    {
        if (row.IsEmpty) return float.NegativeInfinity;
        float shift = Shift(TensorPrimitives.Max(row)), sum = 0;
        Span<float> powers = stackalloc float[Columns];
        for (int i = 0; i < row.Length; i += Columns)
        {
            Span<float> part = powers[..Math.Min(Columns, row.Length - i)];
            TensorPrimitives.Subtract(row.Slice(i, part.Length), shift, part);
            TensorPrimitives.Exp(part, part);
            sum += TensorPrimitives.Sum(part);
        }
        return shift + MathF.Log(sum);
    }

    // The greatest number is taken out of all before the exponential, which then does not overflow; infinity minus itself would be NaN.
    private static float Shift(float maximum) => float.IsInfinity(maximum) ? 0 : maximum;

    private void Block(ReadOnlySpan<float> source, int column, Span<float> sums)
    {
        Span<float> part = stackalloc float[sums.Length], shifts = stackalloc float[sums.Length];
        if (reduction == Reduction.LogSumExp)
        {
            shifts.Fill(float.NegativeInfinity);
            for (int at = column; at < source.Length; at += split.Inner)
                TensorPrimitives.Max(shifts, source.Slice(at, sums.Length), shifts);
            foreach (ref float shift in shifts) shift = Shift(shift);
        }
        sums.Fill(reduction switch { Reduction.Maximum => float.NegativeInfinity, Reduction.Minimum => float.PositiveInfinity,
            Reduction.Product => 1, _ => 0 });
        for (int at = column; at < source.Length; at += split.Inner)
        {
            ReadOnlySpan<float> row = source.Slice(at, sums.Length);
            switch (reduction)
            {
                case Reduction.Maximum: TensorPrimitives.Max(sums, row, sums); break;
                case Reduction.Minimum: TensorPrimitives.Min(sums, row, sums); break;
                case Reduction.Product: TensorPrimitives.Multiply(sums, row, sums); break;
                case Reduction.L2 or Reduction.SumSquare: TensorPrimitives.MultiplyAdd(row, row, sums, sums); break;
                case Reduction.L1:
                    TensorPrimitives.Abs(row, part);
                    TensorPrimitives.Add(sums, part, sums);
                    break;
                case Reduction.LogSumExp:
                    TensorPrimitives.Subtract(row, shifts, part);
                    TensorPrimitives.Exp(part, part);
                    TensorPrimitives.Add(sums, part, sums);
                    break;
                default: TensorPrimitives.Add(sums, row, sums); break;
            }
        }
        switch (reduction)
        {
            case Reduction.Mean: TensorPrimitives.Divide(sums, split.Length, sums); break;
            case Reduction.L2: TensorPrimitives.Sqrt(sums, sums); break;
            case Reduction.LogSum: TensorPrimitives.Log(sums, sums); break;
            case Reduction.LogSumExp:
                TensorPrimitives.Log(sums, sums);
                TensorPrimitives.Add(sums, shifts, sums);
                break;
        }
    }
}
