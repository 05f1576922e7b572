using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// Reduces integers and truth values from [outer, length, inner] to [outer, inner]. Sums and products are exact but for the element type's
/// width; roots, logarithms and means lose their fraction.
/// </summary>
internal static class IntegerReduction
{
    public static void Run(Reduction reduction, ReadOnlySpan<long> input, AxisSplit split, OnnxElementType element, Span<long> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            (int outer, int inner) = Math.DivRem(i, split.Inner);
            int first = (outer * split.Length * split.Inner) + inner;
            long sum = reduction switch { Reduction.Maximum => element.Range.Minimum, Reduction.Minimum => element.Range.Maximum,
                Reduction.Product => 1, _ => 0 };
            double powers = 0;
            for (int k = 0; k < split.Length; k++)
            {
                long value = input[first + (k * split.Inner)];
                sum = reduction switch
                {
                    Reduction.Maximum => Math.Max(sum, value),
                    Reduction.Minimum => Math.Min(sum, value),
                    Reduction.Product => sum * value,
                    Reduction.L1 => sum + (value < 0 ? -value : value),
                    Reduction.L2 or Reduction.SumSquare => sum + (value * value),
                    _ => sum + value,
                };
                if (reduction == Reduction.LogSumExp) powers += Math.Exp(value);
            }
            destination[i] = element.Wrap(reduction switch
            {
                Reduction.Mean => split.Length == 0 ? 0 : sum / split.Length,
                Reduction.L2 => (long)Math.Sqrt(sum),
                Reduction.LogSum => (long)Math.Log(sum),
                Reduction.LogSumExp => (long)Math.Log(powers),
                _ => sum,
            });
        }
    }

    /// <summary>Maximum is whether any is true, minimum whether all are.</summary>
    public static void Run(Reduction reduction, ReadOnlySpan<bool> input, AxisSplit split, Span<bool> destination)
    {
        bool sought = reduction == Reduction.Maximum;
        for (int i = 0; i < destination.Length; i++)
        {
            (int outer, int inner) = Math.DivRem(i, split.Inner);
            destination[i] = !sought;
            for (int k = 0; k < split.Length; k++)
                if (input[(((outer * split.Length) + k) * split.Inner) + inner] == sought) destination[i] = sought;
        }
    }
}
