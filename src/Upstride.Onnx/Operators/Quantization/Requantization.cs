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
    /// <summary>The input that is the bias of <c>QLinearConv</c>, and of a product that <c>Gemm</c> was.</summary>
    public const int Bias = 8;

    /// <summary>The inputs of <c>QLinearConv</c> and <c>QLinearMatMul</c>.</summary>
    public static Requantization Inputs { get; } = new(0, 3, 6);

    /// <summary>
    /// Checks the bias, if it is there: one number for each row or column, whole numbers of the sums' steps, or single precision.
    /// </summary>
    public static void RequireBias(NodeInputs inputs, int length)
    {
        if (inputs.Has(Bias) && (inputs[Bias].Storage is not (Storage.Integer or Storage.Float) || inputs.Shape(Bias).Count != length))
            throw inputs.Fault($"the bias is {inputs[Bias]}, and must be [{length}] for as many output channels");
    }

    /// <summary>Adds a bias of whole numbers to [outer, rows, columns] sums, one to each row or column.</summary>
    public static void AddBias(ReadOnlySpan<long> bias, Span<int> sums, int rows, int columns, bool byColumn)
    {
        for (int i = 0; i < sums.Length && !bias.IsEmpty; i++) sums[i] += (int)bias[byColumn ? i % columns : i / columns % rows];
    }

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
    /// or one for each row or column, and so is a bias of single precision, which is added before what is rounded.
    /// </summary>
    public void Run(NodeContext frame, ReadOnlySpan<int> sums, int rows, int columns, bool secondByColumn, OnnxElementType element,
        ReadOnlySpan<float> bias = default)
    {
        ReadOnlySpan<float> first = frame.Input<float>(First + 1), second = frame.Input<float>(Second + 1);
        float scale = frame.Input<float>(Result)[0];
        long zero = frame.Input<long>(Result + 1)[0];
        (long least, long most) = element.Range;
        Span<long> destination = frame.Output<long>(0);
        for (int i = 0; i < sums.Length; i++)
        {
            (int row, int column) = (i / columns % rows, i % columns);
            int of = secondByColumn ? column : row;
            float factor = first[first.Length == 1 ? 0 : row] * second[second.Length == 1 ? 0 : of] / scale;
            float value = sums[i] * factor;
            if (!bias.IsEmpty) value += bias[of] / scale;

            // NaN, of a scale of 0, becomes the zero point.
            float rounded = MathF.Round(value) + zero;
            destination[i] = float.IsNaN(rounded) ? zero : (long)Math.Clamp(rounded, least, most);
        }
    }

    private static void Scale(NodeInputs inputs, int input, int length)
    {
        inputs.Float(input);
        IntegerSums.RequireOneOr(inputs, input, length);
    }
}
