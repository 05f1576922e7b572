using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>SegNet: the 13 convolutions of VGG-16, and 13 that mirror them, each stage after an unpooling with the encoder's
/// indices.</summary>
/// <remarks>
/// Source: Badrinarayanan, Kendall and Cipolla, "SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image Segmentation", 2017.
/// </remarks>
internal sealed class SegNet<T> : SegmentationNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly VggEncoder<T> _encoder;
    private readonly Unpooling<T>[] _unpoolings;
    private readonly Sequential<T>[] _stages;
    private readonly Conv2d<T> _score;

    public SegNet(SegmentationSettings settings)
        : base(settings)
    {
        int[] convolutions = [2, 2, 3, 3, 3];
        _encoder = AddChild("encoder", new VggEncoder<T>(settings, convolutions));
        _stages = new Sequential<T>[convolutions.Length];
        _unpoolings = new Unpooling<T>[convolutions.Length];
        for (int stage = convolutions.Length - 1; stage >= 0; stage--)
        {
            int channels = _encoder.Channels[stage], next = _encoder.Channels[Math.Max(0, stage - 1)];
            int count = stage == 0 ? convolutions[stage] - 1 : convolutions[stage];
            _unpoolings[stage] = new(settings.Upsampling);
            _stages[stage] = AddChild($"decoder{stage + 1}",
                Blocks.Convolutions<T>(3, [.. Enumerable.Repeat(channels, count), next]));
        }
        _score = AddChild("score", new Conv2d<T>(_encoder.Channels[0], settings.Classes.Length, 3,
            new ConvolutionOptions { Padding = 1, Initializer = Blocks.He }));
    }

    public override ExportValue Export(ExportGraph<T> graph, ExportValue input)
    {
        (ExportValue Output, ExportValue? Indices)[] stages = _encoder.Export(graph, input, _unpoolings[0].NeedsIndices);
        ExportValue value = stages[^1].Output;
        for (int stage = _stages.Length - 1; stage >= 0; stage--)
            value = graph.Apply($"decoder{stage + 1}", _stages[stage], _unpoolings[stage].Export(graph, value, stages[stage].Indices));
        return graph.Apply("score", _score, value);
    }

    private protected override Variable<T> Score(Variable<T> input)
    {
        (Variable<T> Output, PoolIndices<T> Indices)[] stages = _encoder.Stages(input);
        Variable<T> value = stages[^1].Output;
        for (int stage = _stages.Length - 1; stage >= 0; stage--)
            value = _stages[stage].Forward(_unpoolings[stage].Forward(value, stages[stage].Indices));
        return _score.Forward(value);
    }
}

/// <summary>Doubles height and width: by the indices of a pooling, or by interpolation.</summary>
internal sealed class Unpooling<T>(DecoderUpsampling upsampling)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Kernel = 2;
    private readonly Upsample<T> _bilinear = Blocks.Bilinear<T>(Kernel);

    public bool NeedsIndices => upsampling == DecoderUpsampling.Published;

    public Variable<T> Forward(Variable<T> value, PoolIndices<T> indices) =>
        NeedsIndices ? MaxUnpool<T>.Forward(value, indices) : _bilinear.Forward(value);

    public ExportValue Export(ExportGraph<T> graph, ExportValue value, ExportValue? indices) =>
        indices is null ? graph.Enlarge(value, Kernel, _bilinear.Method) : graph.MaxUnpool(value, indices, Kernel);
}
