using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>
/// FCN-32s, 16s and 8s: VGG-16 whose fully connected layers are convolutions, 7x7 and 1x1; its scores are enlarged by transposed
/// convolutions that begin as bilinear interpolation, and those of earlier poolings added on the way.
/// </summary>
/// <remarks>
/// Source: Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015. There the first convolution pads by
/// 100 and the scores are cropped; here every convolution keeps the size.
/// </remarks>
internal sealed class Fcn<T> : SegmentationNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Hidden = 4096;
    private readonly VggEncoder<T> _encoder;
    private readonly Sequential<T> _top;
    private readonly Conv2d<T> _score;

    // From the coarsest: the scores of the pooling with an index, and what brings the scores so far to its size.
    private readonly (int Pool, Conv2d<T> Score, Module<T> Enlarge, string Name)[] _skips;
    private readonly Module<T> _last;

    public Fcn(SegmentationSettings settings)
        : base(settings)
    {
        int hidden = settings.Channels(Hidden), classes = settings.Classes.Length;
        _encoder = AddChild("encoder", new VggEncoder<T>(settings, 2, 2, 3, 3, 3));
        _top = AddChild("top", new Sequential<T>(
            Blocks.Convolutions<T>(7, _encoder.Channels[^1], hidden), new Dropout2d<T>(0.5, new RandomSource(0)),
            Blocks.Convolutions<T>(1, hidden, hidden), new Dropout2d<T>(0.5, new RandomSource(1))));
        _score = AddChild("score", Blocks.Pointwise<T>(hidden, classes));
        int[] pools = settings.Architecture switch
        {
            SegmentationArchitecture.Fcn32s => [],
            SegmentationArchitecture.Fcn16s => [3],
            _ => [3, 2],
        };
        _skips =
        [
            .. pools.Select(pool =>
            (
                pool, AddChild($"score_pool{pool + 1}", Blocks.Pointwise<T>(_encoder.Channels[pool], classes)),
                AddChild($"enlarge{pool + 1}", Blocks.EnlargeScores<T>(classes, 2, settings.Upsampling)), $"{pool + 1}"
            )),
        ];
        _last = AddChild("enlarge", Blocks.EnlargeScores<T>(classes, 32 >> pools.Length, settings.Upsampling));
    }

    public override ExportValue Export(ExportGraph<T> graph, ExportValue input)
    {
        (ExportValue Output, ExportValue? Indices)[] stages = _encoder.Export(graph, input, withIndices: false);
        ExportValue scores = graph.Apply("score", _score, graph.Apply("top", _top, stages[^1].Output));
        foreach ((int pool, Conv2d<T> score, Module<T> enlarge, string name) in _skips)
            scores = graph.Add(graph.Apply($"enlarge{name}", enlarge, scores),
                graph.Apply($"score_pool{name}", score, stages[pool].Output));
        return graph.Apply("enlarge", _last, scores);
    }

    private protected override Variable<T> Score(Variable<T> input)
    {
        (Variable<T> Output, PoolIndices<T> Indices)[] stages = _encoder.Stages(input);
        Variable<T> scores = _score.Forward(_top.Forward(stages[^1].Output));
        foreach ((int pool, Conv2d<T> score, Module<T> enlarge, _) in _skips)
            scores = enlarge.Forward(scores) + score.Forward(stages[pool].Output);
        return _last.Forward(scores);
    }
}
