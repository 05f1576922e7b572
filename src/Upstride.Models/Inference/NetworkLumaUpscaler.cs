using System.Numerics.Tensors;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;

namespace Upstride.Models.Inference;

/// <summary>Enlarges luma by a network with fixed weights: for evaluation.</summary>
/// <param name="network">The network.</param>
/// <param name="settings">How; the eight-fold mean too.</param>
public sealed class NetworkLumaUpscaler(PlaneNetwork network, PictureSettings? settings = null) : ILumaUpscaler
{
    /// <inheritdoc/>
    public int Scale => network.Scale;

    /// <inheritdoc/>
    public LumaPlane Upscale(LumaPlane plane, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plane);
        int width = checked(Scale * plane.Width), height = checked(Scale * plane.Height), taken = 0;
        var unit = new float[plane.Levels.Length];
        TensorPrimitives.Divide(plane.Levels, LumaPlane.Peak, unit);
        using IRowUpscaler upscaler = network.CreateUpscaler(plane.Width, plane.Height, settings ?? new());
        var levels = new float[checked((long)width * height)];
        while (upscaler.RowsDone < height)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = upscaler.RowsDone, count = Math.Min(upscaler.BandRows, plane.Height - taken);
            TensorPrimitives.Multiply(upscaler.Next(unit.AsSpan(taken * plane.Width, count * plane.Width)), LumaPlane.Peak,
                levels.AsSpan(first * width));
            taken += count;
        }
        return new(width, height, levels);
    }
}
