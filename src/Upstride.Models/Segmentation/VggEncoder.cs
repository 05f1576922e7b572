using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>
/// The convolutions of VGG: five stages of 3x3 convolutions, each followed by a max pooling, 2x2. Simonyan and Zisserman, 2015.
/// </summary>
internal sealed class VggEncoder<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Kernel = 2;
    private static readonly int[] _published = [64, 128, 256, 512, 512];
    private readonly Sequential<T>[] _stages;
    private readonly MaxPool<T> _pool = new(Kernel);

    /// <param name="settings">The width.</param>
    /// <param name="convolutions">Of each stage.</param>
    public VggEncoder(SegmentationSettings settings, params ReadOnlySpan<int> convolutions)
    {
        Channels = [.. _published.Select(settings.Channels)];
        _stages = new Sequential<T>[_published.Length];
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            int[] channels = [stage == 0 ? 3 : Channels[stage - 1], .. Enumerable.Repeat(Channels[stage], convolutions[stage])];
            _stages[stage] = AddChild(Name(stage), Blocks.Convolutions<T>(3, channels));
        }
    }

    /// <summary>Of each stage's output.</summary>
    public ImmutableArray<int> Channels { get; }

    /// <summary>The five poolings' outputs.</summary>
    public override Variable<T> Forward(Variable<T> input) => Stages(input)[^1].Output;

    /// <summary>The five poolings' outputs, and where their maxima were.</summary>
    public (Variable<T> Output, PoolIndices<T> Indices)[] Stages(Variable<T> input)
    {
        var outputs = new (Variable<T> Output, PoolIndices<T> Indices)[_stages.Length];
        for (int stage = 0; stage < _stages.Length; stage++)
            input = (outputs[stage] = _pool.ForwardWithIndices(_stages[stage].Forward(input))).Output;
        return outputs;
    }

    /// <summary>The same in a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The picture.</param>
    /// <param name="withIndices">Whether the indices are wanted.</param>
    public (ExportValue Output, ExportValue? Indices)[] Export(ExportGraph<T> graph, ExportValue input, bool withIndices)
    {
        var outputs = new (ExportValue Output, ExportValue? Indices)[_stages.Length];
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            ExportValue value = graph.Apply($"encoder.{Name(stage)}", _stages[stage], input);
            outputs[stage] = withIndices ? graph.MaxPoolWithIndices(value, Kernel) : (graph.MaxPool(value, Kernel), null);
            input = outputs[stage].Output;
        }
        return outputs;
    }

    private static string Name(int stage) => string.Create(CultureInfo.InvariantCulture, $"stage{stage + 1}");
}
