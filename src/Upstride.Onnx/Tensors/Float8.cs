using System.Collections.Immutable;

namespace Upstride.Onnx.Tensors;

/// <summary>
/// The floating-point numbers of eight bits, one sign, some bits of exponent, the rest of mantissa. FN has no infinity, UZ no negative
/// zero, whose bits are its only NaN.
/// </summary>
internal sealed class Float8
{
    private readonly ImmutableArray<float> _values;
    private readonly int _largest;
    private readonly bool _oneZero;

    private Float8(int mantissa, int bias, bool infinite, bool oneZero)
    {
        _oneZero = oneZero;
        _values = [.. Arrays.Range(0, 256).Select(code => Decode(code, mantissa, bias, infinite, oneZero))];
        _largest = Arrays.Range(0, 128).Last(code => float.IsFinite(_values[code]));
    }

    /// <summary>Four bits of exponent, up to 448.</summary>
    public static Float8 E4M3FN { get; } = new(3, 7, infinite: false, oneZero: false);

    /// <summary>Four bits of exponent, up to 240.</summary>
    public static Float8 E4M3FNUZ { get; } = new(3, 8, infinite: false, oneZero: true);

    /// <summary>Five bits of exponent, up to 57344, with infinity.</summary>
    public static Float8 E5M2 { get; } = new(2, 15, infinite: true, oneZero: false);

    /// <summary>Five bits of exponent, up to 57344.</summary>
    public static Float8 E5M2FNUZ { get; } = new(2, 16, infinite: false, oneZero: true);

    /// <summary>The format of an element type; null for any other.</summary>
    public static Float8? Of(OnnxElementType type) => type switch
    {
        OnnxElementType.Float8E4M3FN => E4M3FN,
        OnnxElementType.Float8E4M3FNUZ => E4M3FNUZ,
        OnnxElementType.Float8E5M2 => E5M2,
        OnnxElementType.Float8E5M2FNUZ => E5M2FNUZ,
        _ => null,
    };

    /// <summary>The number of some bits.</summary>
    public float Decode(byte bits) => _values[bits];

    /// <summary>The nearest number, ties to even; beyond the largest finite one that one.</summary>
    public float Round(float value)
    {
        if (float.IsNaN(value)) return value;
        float size = Math.Abs(value);

        // The codes of the positive numbers are in their order.
        int least = 0, most = _largest;
        while (least < most)
        {
            int middle = (least + most + 1) / 2;
            if (_values[middle] <= size) least = middle;
            else most = middle - 1;
        }
        if (least < _largest)
        {
            double below = size - (double)_values[least], above = _values[least + 1] - (double)size;
            if (above < below || (above == below && least % 2 == 1)) least++;
        }
        float rounded = _values[least];
        return float.IsNegative(value) && !(rounded == 0 && _oneZero) ? -rounded : rounded;
    }

    private static float Decode(int code, int mantissa, int bias, bool infinite, bool oneZero)
    {
        if (oneZero && code == 128) return float.NaN;
        int exponent = (code & 127) >> mantissa, fraction = code & ((1 << mantissa) - 1), sign = code >= 128 ? -1 : 1;
        if (infinite && exponent == (127 >> mantissa)) return fraction == 0 ? sign * float.PositiveInfinity : float.NaN;
        if (!infinite && !oneZero && (code & 127) == 127) return float.NaN;
        float size = exponent == 0 ? MathF.ScaleB(fraction, 1 - bias - mantissa)
            : MathF.ScaleB((1 << mantissa) + fraction, exponent - bias - mantissa);
        return sign * size;
    }
}
