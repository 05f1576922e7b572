namespace Upstride.Models.Inference;

/// <summary>What a model takes and makes for black and for the full value.</summary>
public enum OnnxValueRange
{
    /// <summary>0 and 1.</summary>
    ZeroToOne,

    /// <summary>0 and 255.</summary>
    ZeroTo255,

    /// <summary>-1 and 1.</summary>
    MinusOneToOne,
}

/// <summary>The numbers of a range.</summary>
internal static class OnnxValueRanges
{
    /// <summary>Black, and the distance from there to the full value.</summary>
    public static (float Black, float Span) Of(OnnxValueRange range) => range switch
    {
        OnnxValueRange.ZeroToOne => (0, 1),
        OnnxValueRange.ZeroTo255 => (0, 255),
        OnnxValueRange.MinusOneToOne => (-1, 2),
        _ => throw new ArgumentOutOfRangeException(nameof(range), range, "it must be one of the ranges"),
    };

    /// <summary>The range, for people.</summary>
    public static string TextOf(OnnxValueRange range) => range switch
    {
        OnnxValueRange.ZeroToOne => "0..1", OnnxValueRange.ZeroTo255 => "0..255", _ => "-1..1",
    };
}
