using Upstride.Models.Data;

namespace Upstride.Models.Evaluation;

/// <summary>MATLAB's bicubic imresize: the papers' point of comparison.</summary>
/// <param name="scale">How much larger the result is.</param>
public sealed class BicubicUpscaler(int scale) : ILumaUpscaler
{
    /// <inheritdoc/>
    public int Scale { get; } = scale >= 1 ? scale : throw new ArgumentOutOfRangeException(
        nameof(scale), scale, $"scale >= 1 must hold: {scale}");

    /// <inheritdoc/>
    public LumaPlane Upscale(LumaPlane plane, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plane);
        cancellationToken.ThrowIfCancellationRequested();
        return plane.Resize(checked(plane.Width * Scale), checked(plane.Height * Scale));
    }
}
