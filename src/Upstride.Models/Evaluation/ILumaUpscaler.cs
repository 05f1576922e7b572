using Upstride.Models.Data;

namespace Upstride.Models.Evaluation;

/// <summary>A method that enlarges luma by a whole factor.</summary>
public interface ILumaUpscaler
{
    /// <summary>How much larger the result is.</summary>
    int Scale { get; }

    /// <summary>A plane <see cref="Scale"/> times as wide and high; its levels need be neither whole nor within 0 to 255.</summary>
    /// <param name="plane">Levels, whole or not.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    LumaPlane Upscale(LumaPlane plane, CancellationToken cancellationToken = default);
}
