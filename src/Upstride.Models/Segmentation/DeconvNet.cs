using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>
/// DeconvNet: VGG-16 with its fully connected layers as convolutions, then a transposed convolution 7x7 and, after each unpooling,
/// transposed
/// convolutions 3x3 that mirror the encoder's.
/// </summary>
/// <remarks>
/// Source: Noh, Hong and Han, "Learning Deconvolution Network for Semantic Segmentation", 2015. There the 7x7 layers turn a plane of 7x7 to
/// a point and back; here they keep the size, so that pictures of any size can be segmented.
/// </remarks>
internal sealed class DeconvNet<T> : SegmentationNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Hidden = 4096;
    private readonly VggEncoder<T> _encoder;
    private readonly Sequential<T> _top;
    private readonly Unpooling<T>[] _unpoolings;
    private readonly Sequential<T>[] _stages;
    private readonly Conv2d<T> _score;

    public DeconvNet(SegmentationSettings settings)
        : base(settings)
    {
        int[] convolutions = [2, 2, 3, 3, 3];
        int hidden = settings.Channels(Hidden);
        _encoder = AddChild("encoder", new VggEncoder<T>(settings, convolutions));
        _top = AddChild("top", new Sequential<T>(
            Blocks.Convolutions<T>(7, _encoder.Channels[^1], hidden), Blocks.Convolutions<T>(1, hidden, hidden),
            Decoding(7, hidden, _encoder.Channels[^1])));
        _stages = new Sequential<T>[convolutions.Length];
        _unpoolings = new Unpooling<T>[convolutions.Length];
        for (int stage = convolutions.Length - 1; stage >= 0; stage--)
        {
            int channels = _encoder.Channels[stage], next = _encoder.Channels[Math.Max(0, stage - 1)];
            _unpoolings[stage] = new(settings.Upsampling);
            _stages[stage] = AddChild($"decoder{stage + 1}", Decoding(3, [.. Enumerable.Repeat(channels, convolutions[stage]), next]));
        }
        _score = AddChild("score", Blocks.Pointwise<T>(_encoder.Channels[0], settings.Classes.Length));

        // Of stride 1, a transposed convolution is a convolution: without it the decoder has those.
        Sequential<T> Decoding(int kernel, params int[] channels) => settings.Upsampling == DecoderUpsampling.Published
            ? Blocks.Transposed<T>(kernel, channels) : Blocks.Convolutions<T>(kernel, channels);
    }

    public override ExportValue Export(ExportGraph<T> graph, ExportValue input)
    {
        (ExportValue Output, ExportValue? Indices)[] stages = _encoder.Export(graph, input, _unpoolings[0].NeedsIndices);
        ExportValue value = graph.Apply("top", _top, stages[^1].Output);
        for (int stage = _stages.Length - 1; stage >= 0; stage--)
            value = graph.Apply($"decoder{stage + 1}", _stages[stage], _unpoolings[stage].Export(graph, value, stages[stage].Indices));
        return graph.Apply("score", _score, value);
    }

    private protected override Variable<T> Score(Variable<T> input)
    {
        (Variable<T> Output, PoolIndices<T> Indices)[] stages = _encoder.Stages(input);
        Variable<T> value = _top.Forward(stages[^1].Output);
        for (int stage = _stages.Length - 1; stage >= 0; stage--)
            value = _stages[stage].Forward(_unpoolings[stage].Forward(value, stages[stage].Indices));
        return _score.Forward(value);
    }
}
