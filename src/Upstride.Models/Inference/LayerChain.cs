using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>
/// Layers that a tile passes through before anything is kept: a layer that widens and those behind it up to the next narrow tensor. What is
/// between stages is kept in <see cref="RollingRows"/>; what is inside stays in the second cache, and is computed again on a tile's halo.
/// </summary>
/// <param name="Layers">The layers.</param>
internal sealed record LayerChain(ImmutableArray<PlaneLayer> Layers)
{
    public int InputChannels => Layers[0].InputChannels;

    /// <summary>Output rows of the last layer for each row that the stage makes.</summary>
    public int Scale => Layers[^1].Stride;

    /// <summary>Rows of input, beyond its own number of rows, that a tile reads; columns as well.</summary>
    public int Halo => Layers.Sum(HaloOf);

    /// <summary>How many of those lie behind: a row that the stage makes needs its input to be so many rows further.</summary>
    public int Behind => Layers.Sum(LookAhead);

    /// <summary>The stages of a level of a network: each ends before a layer that takes no more channels than the stage itself
    /// did.</summary>
    public static ImmutableArray<LayerChain> Of(ImmutableArray<PlaneLayer> level)
    {
        var stages = ImmutableArray.CreateBuilder<LayerChain>();
        var layers = new List<PlaneLayer>();
        foreach (PlaneLayer layer in level)
        {
            // Between two layers stands what the first gives: kept where it is no wider than what the first took.
            if (layers.Count > 0 && layer.InputChannels <= layers[^1].InputChannels)
            {
                stages.Add(new([.. layers]));
                layers.Clear();
            }
            layers.Add(layer);
        }
        stages.Add(new([.. layers]));
        return stages.ToImmutable();
    }

    /// <summary>Taps of a phase less one: a row of phases is made of this many more rows of input.</summary>
    public static int HaloOf(PlaneLayer layer) => Integers.DivideUp(layer.Kernel, layer.Stride) - 1;

    // The windows of a transposed convolution end at the row itself: full row s j + r is made of the input rows up to j.
    public static int LookAhead(PlaneLayer layer) => layer.Transposed ? 0 : layer.Padding;
}
