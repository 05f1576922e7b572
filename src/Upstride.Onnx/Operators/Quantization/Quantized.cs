using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>What makes an 8-bit number of a quotient by its scale.</summary>
internal static class Quantized
{
    /// <summary>Rounded, halves to even, plus the zero point, held within the type; NaN is the zero point.</summary>
    public static long Of(float quotient, long zero, OnnxElementType element)
    {
        (long least, long most) = element.Range;
        float rounded = MathF.Round(quotient) + zero;
        return float.IsNaN(rounded) ? zero : (long)Math.Clamp(rounded, least, most);
    }
}
