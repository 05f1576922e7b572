using System.Collections.Concurrent;
using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>The plans of a stage for tiles of one size.</summary>
internal sealed class StagePlans : IDisposable
{
    // No ConcurrentBag: what such a one holds is never collected where it leads back to the bag, as a scratch does through its plans.
    private readonly ConcurrentStack<StageScratch> _scratch = [];

    public StagePlans(LayerChain stage, int rows, int columns)
    {
        (Stage, Rows, Columns) = (stage, rows, columns);
        int halo = stage.Halo;

        // Of all algorithms the direct phases alone are limited to one order of additions, so that where a tile begins does not show; and
        // they
        // take no threads, since stripes are what is divided among them.
        var settings = new ComputeSettings { Threads = 1, Algorithm = "phases", Workspaces = new() };
        var plans = ImmutableArray.CreateBuilder<Plan<float>>();
        foreach (PlaneLayer layer in stage.Layers)
        {
            plans.Add(Create(layer, rows + halo, columns + halo, settings));
            halo -= LayerChain.HaloOf(layer);
        }
        Plans = plans.ToImmutable();
    }

    public LayerChain Stage { get; }

    /// <summary>Rows that a tile makes, before the scale.</summary>
    public int Rows { get; }

    public int Columns { get; }

    public ImmutableArray<Plan<float>> Plans { get; }

    /// <summary>What a thread works in while it has tiles to run; to be returned.</summary>
    public StageScratch TakeScratch() => _scratch.TryPop(out StageScratch? scratch) ? scratch : new(this);

    public void Return(StageScratch scratch) => _scratch.Push(scratch);

    public void Dispose()
    {
        foreach (Plan<float> plan in Plans) plan.Dispose();
    }

    private static Plan<float> Create(PlaneLayer layer, int inputRows, int inputColumns, ComputeSettings settings)
    {
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
        int halo = LayerChain.HaloOf(layer);
        ConvTransposeAxis full = ConvTransposeAxis.Create(input, layer.Kernel, layer.Stride);
        int head = halo * layer.Stride;
        return full.WithCrop(head, full.Full - (long)input * layer.Stride);
    }
}

/// <summary>The tensors of one tile: its input where it is a part of the stripe, and what each layer makes of it.</summary>
internal sealed class StageScratch(StagePlans plans)
{
    private float[]? _input;

    /// <summary>Taken when it is first asked for: a stage whose tile is the whole stripe reads its rows where they are.</summary>
    public float[] Input => _input ??= new float[Length(plans.Plans[0].InputShape)];

    public float[][] Outputs { get; } = [.. plans.Plans.Select(static plan => new float[Length(plan.OutputShape)])];

    private static int Length(ImmutableArray<nint> shape) => checked(
        (int)shape.Aggregate((nint)1, static (product, size) => product * size));
}
