using System.Numerics.Tensors;

namespace Upstride.Models.Inference;

/// <summary>Colours weighted by what shows of them. Filtered so, a hidden colour has no part in its neighbours, and opaque pictures come
/// out to the same bits as without alpha.</summary>
/// <remarks>Source: Porter and Duff, "Compositing digital images", 1984.</remarks>
internal static class Alpha
{
    // Filters' weights sum to one within rounding; what is nearer to full than this is full, and its colours need no division. A division
    // by it would change a sample of 16 bits by less than a tenth of a level.
    private const float Rounding = 1f / (1 << 20);

    /// <summary>Multiplies the colours of a row by alpha.</summary>
    /// <param name="planes">[channels, width], alpha last.</param>
    /// <param name="width">Columns.</param>
    public static void Multiply(Span<float> planes, int width)
    {
        ReadOnlySpan<float> alpha = planes[^width..];
        for (int start = 0; start < planes.Length - width; start += width)
            TensorPrimitives.Multiply(planes.Slice(start, width), alpha, planes.Slice(start, width));
    }

    /// <summary>Limits alpha to 0 to 1, and makes full what rounding alone keeps from it.</summary>
    public static void Limit(Span<float> alpha)
    {
        for (int x = 0; x < alpha.Length; x++) alpha[x] = alpha[x] > 1 - Rounding ? 1 : alpha[x] > Rounding ? alpha[x] : 0;
    }

    /// <summary>Divides the colours of a row by alpha; what is not seen becomes black.</summary>
    /// <param name="planes">[channels, width], alpha last and limited.</param>
    /// <param name="width">Columns.</param>
    public static void Divide(Span<float> planes, int width)
    {
        ReadOnlySpan<float> alpha = planes[^width..];
        for (int start = 0; start < planes.Length - width; start += width)
        {
            Span<float> plane = planes.Slice(start, width);
            for (int x = 0; x < width; x++)
                if (alpha[x] < 1) plane[x] = alpha[x] > 0 ? plane[x] / alpha[x] : 0;
        }
    }
}
