using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Generation;

/// <summary>The paper's first weights: normal of deviation 0.02, around 0 and, for the factors of a normalisation, around 1.</summary>
internal static class DcganInitializer
{
    private const double Deviation = 0.02;

    public static Initializer Weights { get; } = Initializer.Normal(0, Deviation);

    /// <summary>Draws the factors of every batch normalisation, which layers themselves begin at 1.</summary>
    public static void DrawFactors<T>(IEnumerable<Module<T>> layers, RandomSource random)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (BatchNorm<T> layer in layers.OfType<BatchNorm<T>>()) random.FillNormal(1, Deviation, layer.Weight!.Values);
    }
}
