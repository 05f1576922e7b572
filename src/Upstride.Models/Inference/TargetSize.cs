using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>How large a picture is to become: by a factor, or to a width, a height, or both.</summary>
public readonly record struct TargetSize
{
    private readonly double _factor;
    private readonly int _width;
    private readonly int _height;

    private TargetSize(double factor, int width, int height) => (_factor, _width, _height) = (factor, width, height);

    /// <summary>The factor; null where pixels are told.</summary>
    public double? Factor => _factor > 0 ? _factor : null;

    /// <summary>Width and height times a factor, each rounded up, as MATLAB's imresize does.</summary>
    /// <param name="factor">Positive; need not be whole.</param>
    public static TargetSize ByFactor(double factor)
    {
        if (!(factor > 0) || !double.IsFinite(factor))
            throw new ArgumentOutOfRangeException(nameof(factor), factor, $"scale > 0 must hold: {factor}");
        return new(factor, 0, 0);
    }

    /// <summary>A size in pixels; where one side is not told, it is in proportion, rounded.</summary>
    /// <param name="width">Columns, or null.</param>
    /// <param name="height">Rows, or null.</param>
    public static TargetSize InPixels(int? width, int? height)
    {
        if (width is < 1) throw new ArgumentOutOfRangeException(nameof(width), width, $"width >= 1 must hold: {width}");
        if (height is < 1) throw new ArgumentOutOfRangeException(nameof(height), height, $"height >= 1 must hold: {height}");
        if (width is null && height is null) throw new ArgumentException("a width or a height must be given", nameof(width));
        return new(0, width ?? 0, height ?? 0);
    }

    /// <summary>The size that a picture gets.</summary>
    /// <param name="width">Its columns.</param>
    /// <param name="height">Its rows.</param>
    /// <exception cref="GeometryException">A size that no picture can have.</exception>
    public (int Width, int Height) Of(int width, int height) =>
        _factor > 0 ? (ResizeAxis.Matlab(width, _factor).Output, ResizeAxis.Matlab(height, _factor).Output)
        : (_width > 0 ? _width : InProportion(width, _height, height), _height > 0 ? _height : InProportion(height, _width, width));

    private static int InProportion(int size, int numerator, int denominator) =>
        2L * size * numerator < denominator ? 1 : ResizeAxis.ByRatio(size, numerator, denominator).Output;
}
