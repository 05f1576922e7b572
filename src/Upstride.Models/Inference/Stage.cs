using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>
/// Layers that a tile passes through before anything is kept: a layer that widens and those behind it up to the next narrow tensor. What is
/// between stages is kept in <see cref="RollingRows"/>; what is inside stays in the second cache, and is computed again on a tile's halo.
/// </summary>
/// <param name="Layers">The layers.</param>
internal sealed record Stage(ImmutableArray<PlaneLayer> Layers)
{
    public int InputChannels => Layers[0].InputChannels;

    /// <summary>Output rows of the last layer for each row that the stage makes.</summary>
    public int Scale => Layers[^1].Stride;

    /// <summary>Rows of input, beyond its own number of rows, that a tile reads; columns as well.</summary>
    public int Halo => Layers.Sum(HaloOf);

    /// <summary>How many of those lie behind: a row that the stage makes needs its input to be so many rows further.</summary>
    public int Behind => Layers.Sum(BehindOf);

    /// <summary>The stages of a network: each ends before a layer that takes no more channels than the stage itself did.</summary>
    public static ImmutableArray<Stage> Of(PlaneNetwork network)
    {
        var stages = ImmutableArray.CreateBuilder<Stage>();
        var layers = new List<PlaneLayer>();
        foreach (PlaneLayer layer in network.Layers)
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
    public static int HaloOf(PlaneLayer layer) => (layer.Kernel + layer.Stride - 1) / layer.Stride - 1;

    // The windows of a transposed convolution end at the row itself: full row s j + r is made of the input rows up to j.
    public static int BehindOf(PlaneLayer layer) => layer.Transposed ? 0 : layer.Padding;
}

/// <summary>The plans of a stage for tiles of one size.</summary>
internal sealed class StagePlans : IDisposable
{
    public StagePlans(Stage stage, int rows, int columns)
    {
        (Stage, Rows, Columns) = (stage, rows, columns);
        int halo = stage.Halo;
        var plans = ImmutableArray.CreateBuilder<Plan<float>>();
        foreach (PlaneLayer layer in stage.Layers)
        {
            plans.Add(Create(layer, rows + halo, columns + halo));
            halo -= Stage.HaloOf(layer);
        }
        Plans = plans.ToImmutable();
    }

    public Stage Stage { get; }

    /// <summary>Rows that a tile makes, before the scale.</summary>
    public int Rows { get; }

    public int Columns { get; }

    public ImmutableArray<Plan<float>> Plans { get; }

    public void Dispose()
    {
        foreach (Plan<float> plan in Plans) plan.Dispose();
    }

    // Of all algorithms the direct phases alone are held to one order of additions, so that where a tile begins does not show; and they
    // take no threads, since stripes are what is divided among them.
    private static Plan<float> Create(PlaneLayer layer, int inputRows, int inputColumns)
    {
        var settings = new ComputeSettings { Threads = 1, Algorithm = "phases" };
        Activation activation = layer.Slopes.IsEmpty ? Activation.None : Activation.PRelu(layer.Slopes.AsSpan());
        if (!layer.Transposed)
        {
            var convolution = ConvolutionGeometry.Create(
                [1, layer.InputChannels, inputRows, inputColumns], [layer.OutputChannels, layer.InputChannels, layer.Kernel, layer.Kernel]);
            return ConvolutionPlan.Create(convolution, layer.Weight.AsSpan(), layer.Bias.AsSpan(), activation, settings: settings);
        }
        var transposed = ConvTransposeGeometry.Create(
            1, layer.InputChannels, layer.OutputChannels, 1, [WholePhases(layer, inputRows), WholePhases(layer, inputColumns)]);
        return ConvTransposePlan.Create(transposed, layer.Weight.AsSpan(), layer.Bias.AsSpan(), activation, settings: settings);
    }

    /// <summary>The part of the full output that depends on no input before the first or behind the last: all phases of each row.</summary>
    private static ConvTransposeAxis WholePhases(PlaneLayer layer, int input)
    {
        int halo = Stage.HaloOf(layer);
        ConvTransposeAxis full = ConvTransposeAxis.Create(input, layer.Kernel, layer.Stride);
        int head = halo * layer.Stride;
        return full.WithCrop(head, full.Full - (long)input * layer.Stride);
    }
}
