using System.Numerics.Tensors;
using Upstride.Models.Inference;

namespace Upstride.Models.Data;

/// <summary>
/// A trained network that takes part in what another learns: what it makes of the small picture, in the mean of the eight results for the
/// picture turned and mirrored, is mixed into the large one, which no network of that size could give back.
/// </summary>
/// <param name="Network">The teacher; it sees the small picture before any degradation.</param>
/// <param name="Part">How much of what is learned is the teacher's, above 0 and at most 1; the rest is the picture's.</param>
/// <remarks>Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, who mix targets likewise.</remarks>
public sealed record Teacher(PlaneNetwork Network, double Part)
{
    /// <summary>How much of what is learned is the teacher's.</summary>
    public double Part { get; } = Part is > 0 and <= 1
        ? Part : throw new ArgumentOutOfRangeException(nameof(Part), Part, $"0 < part <= 1 must hold: {Part}");

    /// <summary>What is to be learned.</summary>
    /// <param name="pair">A picture and the small one made of it.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>A plane of the large one's size, its levels whole.</returns>
    /// <exception cref="ArgumentException">The pair is of another scale than the network.</exception>
    public LumaPlane Mix(LumaPair pair, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pair);
        (LumaPlane small, LumaPlane large) = pair;
        if (large.Width != (long)Network.Scale * small.Width || large.Height != (long)Network.Scale * small.Height)
            throw new ArgumentException(
                $"the large plane must be {Network.Scale} times as wide and high as the small one, as the teacher's scale is: "
                    + $"{large.Width} x {large.Height} and {small.Width} x {small.Height}", nameof(pair));
        var upscaler = new NetworkLumaUpscaler(Network, new() { SelfEnsemble = true, Bands = new() { Threads = 1 } });
        float[] mixed = upscaler.Upscale(small, cancellationToken).Array;
        TensorPrimitives.Lerp(large.Levels, mixed, (float)Part, mixed);
        return new LumaPlane(large.Width, large.Height, mixed).Rounded();
    }

    /// <summary>The sum of the weights, which tells one teacher from another.</summary>
    internal double Sum => Network.Layers.Sum(static layer => layer.Weight.Sum(static weight => (double)weight));
}
