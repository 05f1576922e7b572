using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// What makes 8-bit numbers of sums: times the scales of both factors by that of the output, rounded, halves to even, plus the output's
/// zero point, held within its type.
/// </summary>
/// <param name="First">The inputs of the first factor are this one, its scale, its zero point.</param>
/// <param name="Second">The same of the second.</param>
/// <param name="Result">The output's scale, and its zero point after it.</param>
internal readonly record struct Requantization(int First, int Second, int Result)
{
    /// <summary>The inputs of <c>QLinearConv</c> and <c>QLinearMatMul</c>.</summary>
    public static Requantization Inputs { get; } = new(0, 3, 6);

    /// <summary>The element type of the output, all scales checked.</summary>
    public OnnxElementType Require(NodeInputs inputs, int lengthOfFirst, int lengthOfSecond)
    {
        Scale(inputs, First + 1, lengthOfFirst);
        Scale(inputs, Second + 1, lengthOfSecond);
        Scale(inputs, Result, 1);
        IntegerSums.RequireOneOr(inputs, Result + 1, 1);
        return IntegerSums.Require(inputs, Result + 1).Element;
    }

    /// <summary>
    /// Writes the numbers of [outer, rows, columns] sums; the scale of the first factor is one or one for each row, that of the second one
    /// or one for each row or column.
    /// </summary>
    public void Run(NodeContext frame, ReadOnlySpan<int> sums, int rows, int columns, bool secondByColumn, OnnxElementType element)
    {
        ReadOnlySpan<float> first = frame.Input<float>(First + 1), second = frame.Input<float>(Second + 1);
        float scale = frame.Input<float>(Result)[0];
        long zero = frame.Input<long>(Result + 1)[0];
        (long least, long most) = element.Range;
        Span<long> destination = frame.Output<long>(0);
        for (int i = 0; i < sums.Length; i++)
        {
            (int row, int column) = (i / columns % rows, i % columns);
            float factor = first[first.Length == 1 ? 0 : row] * second[second.Length == 1 ? 0 : secondByColumn ? column : row] / scale;

            // NaN, of a scale of 0, becomes the zero point.
            float rounded = MathF.Round(sums[i] * factor) + zero;
            destination[i] = float.IsNaN(rounded) ? zero : (long)Math.Clamp(rounded, least, most);
        }
    }

    private static void Scale(NodeInputs inputs, int input, int length)
    {
        inputs.Float(input);
        IntegerSums.RequireOneOr(inputs, input, length);
    }
}
