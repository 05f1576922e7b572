using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>
/// U-Net: five levels of two 3x3 convolutions; on the way up, a transposed convolution 2x2, stride 2, halves the channels, and the
/// encoder's
/// values of the same level stand beside its output.
/// </summary>
/// <remarks>
/// Source: Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015. There the convolutions
/// do
/// not pad, so that the output is smaller than the picture; here they keep the size.
/// </remarks>
internal sealed class UNet<T> : SegmentationNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Kernel = 2;
    private static readonly int[] _published = [64, 128, 256, 512, 1024];
    private readonly Sequential<T>[] _down;
    private readonly Module<T>[] _enlarge;
    private readonly Sequential<T>[] _up;
    private readonly MaxPool<T> _pool = new(Kernel);
    private readonly Conv2d<T> _score;

    public UNet(SegmentationSettings settings)
        : base(settings)
    {
        int[] channels = [.. _published.Select(settings.Channels)];
        int levels = channels.Length;
        _down = new Sequential<T>[levels];
        for (int level = 0; level < levels; level++)
            _down[level] = AddChild($"down{level + 1}",
                Blocks.Convolutions<T>(3, level == 0 ? 3 : channels[level - 1], channels[level], channels[level]));
        _enlarge = new Module<T>[levels - 1];
        _up = new Sequential<T>[levels - 1];
        for (int level = levels - 2; level >= 0; level--)
        {
            _enlarge[level] = AddChild($"enlarge{level + 1}", Enlarge(channels[level + 1], channels[level], settings.Upsampling));
            _up[level] = AddChild($"up{level + 1}",
                Blocks.Convolutions<T>(3, 2 * channels[level], channels[level], channels[level]));
        }
        _score = AddChild("score", Blocks.Pointwise<T>(channels[0], settings.Classes.Length));
    }

    public override ExportValue Export(ExportGraph<T> graph, ExportValue input)
    {
        var skips = new ExportValue[_up.Length];
        ExportValue value = graph.Apply("down1", _down[0], input);
        for (int level = 0; level < skips.Length; level++)
        {
            skips[level] = value;
            value = graph.Apply($"down{level + 2}", _down[level + 1], graph.MaxPool(value, Kernel));
        }
        for (int level = skips.Length - 1; level >= 0; level--)
            value = graph.Apply($"up{level + 1}", _up[level],
                graph.Concat(1, skips[level], graph.Apply($"enlarge{level + 1}", _enlarge[level], value)));
        return graph.Apply("score", _score, value);
    }

    private protected override Variable<T> Score(Variable<T> input)
    {
        var skips = new Variable<T>[_up.Length];
        Variable<T> value = _down[0].Forward(input);
        for (int level = 0; level < skips.Length; level++)
        {
            skips[level] = value;
            value = _down[level + 1].Forward(_pool.Forward(value));
        }
        for (int level = skips.Length - 1; level >= 0; level--)
            value = _up[level].Forward(Functions.Concat(1, skips[level], _enlarge[level].Forward(value)));
        return _score.Forward(value);
    }

    // The channels before the interpolation, where there are fewer places: both are linear, and their order makes no difference.
    private static Module<T> Enlarge(int inputs, int outputs, DecoderUpsampling upsampling) => upsampling == DecoderUpsampling.Bilinear
        ? new Sequential<T>(Blocks.Pointwise<T>(inputs, outputs), Blocks.Bilinear<T>(Kernel))
        : new ConvTranspose2d<T>(inputs, outputs, Kernel, new ConvTransposeOptions { Stride = Kernel });
}
