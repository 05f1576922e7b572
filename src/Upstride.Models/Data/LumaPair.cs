using Upstride.Operators;

namespace Upstride.Models.Data;

/// <summary>
/// A plane and the small plane that MATLAB's bicubic imresize makes of it: what a network is to give, and what it is given.
/// </summary>
/// <param name="Small">[height / scale, width / scale].</param>
/// <param name="Large">[height, width], multiples of the scale.</param>
public sealed record LumaPair(LumaPlane Small, LumaPlane Large)
{
    /// <summary>Crops a plane to a multiple of the scale and makes it small.</summary>
    /// <param name="plane">Levels.</param>
    /// <param name="scale">How much smaller.</param>
    /// <param name="rounding">Whether the small plane's levels are whole, as those of a picture of 8 bits.</param>
    /// <exception cref="ArgumentException">The plane is smaller than the scale.</exception>
    public static LumaPair Create(LumaPlane plane, int scale, ImresizeRounding rounding = ImresizeRounding.None)
    {
        ArgumentNullException.ThrowIfNull(plane);
        LumaPlane large = plane.CropToMultiple(scale);
        return new(large.Resize(large.Width / scale, large.Height / scale, rounding), large);
    }
}
