using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Learning;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;

namespace Upstride.Models.Fsrcnn;

/// <summary>Enlarges luma by a network as it is now, the whole plane at once: for evaluation, during training too.</summary>
/// <param name="network">The network.</param>
/// <param name="settings">Threads.</param>
public sealed class FsrcnnUpscaler(FsrcnnNetwork network, ComputeSettings? settings = null) : ILumaUpscaler
{
    /// <inheritdoc/>
    public string Name => network.Settings.Name;

    /// <inheritdoc/>
    public int Scale => network.Settings.Scale;

    /// <inheritdoc/>
    public LumaPlane Upscale(LumaPlane plane, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plane);
        cancellationToken.ThrowIfCancellationRequested();
        using var tape = new Tape<float>(settings);
        using NoGradientScope<float> scope = tape.NoGradient();
        Variable<float> luma = tape.Empty([1, 1, plane.Height, plane.Width]);
        TensorPrimitives.Divide(plane.Levels, LumaPlane.Peak, luma.Values);
        Variable<float> larger = network.Forward(luma);
        var levels = new float[larger.Length];
        TensorPrimitives.Multiply(larger.Values, LumaPlane.Peak, levels);
        return new(checked(plane.Width * Scale), checked(plane.Height * Scale), levels);
    }
}
