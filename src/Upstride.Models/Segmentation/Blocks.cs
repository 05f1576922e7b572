using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;

namespace Upstride.Models.Segmentation;

/// <summary>The layers that all structures are built of.</summary>
internal static class Blocks
{
    public static Initializer He { get; } = Initializer.HeNormal();

    /// <summary>Convolutions of a kernel that keeps the size, each with batch normalisation and ReLU.</summary>
    /// <param name="kernel">Odd.</param>
    /// <param name="channels">Of the input, and of each output.</param>
    public static Sequential<T> Convolutions<T>(int kernel, params ReadOnlySpan<int> channels)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var options = new ConvolutionOptions { Padding = kernel / 2, Bias = false, Initializer = He };
        var block = new Sequential<T>();
        for (int i = 1; i < channels.Length; i++)
        {
            block.Add(new Conv2d<T>(channels[i - 1], channels[i], kernel, options));
            block.Add(new BatchNorm<T>(channels[i]));
            block.Add(new ReLU<T>());
        }
        return block;
    }

    /// <summary>Transposed convolutions of stride 1 that keep the size, each with batch normalisation and ReLU.</summary>
    /// <param name="kernel">Odd.</param>
    /// <param name="channels">Of the input, and of each output.</param>
    public static Sequential<T> Transposed<T>(int kernel, params ReadOnlySpan<int> channels)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var options = new ConvTransposeOptions
            { Padding = kernel / 2, Bias = false, Initializer = Initializer.HeNormal(mode: FanMode.Out) };
        var block = new Sequential<T>();
        for (int i = 1; i < channels.Length; i++)
        {
            block.Add(new ConvTranspose2d<T>(channels[i - 1], channels[i], kernel, options));
            block.Add(new BatchNorm<T>(channels[i]));
            block.Add(new ReLU<T>());
        }
        return block;
    }

    /// <summary>Scores of classes, or channels that are brought to another number: 1x1, with a bias.</summary>
    public static Conv2d<T> Pointwise<T>(int inputs, int outputs)
        where T : unmanaged, IFloatingPointIeee754<T> => new(inputs, outputs, 1, new ConvolutionOptions { Initializer = He });

    /// <summary>Enlarges scores: a transposed convolution that begins as bilinear interpolation, or that interpolation itself.</summary>
    public static Module<T> EnlargeScores<T>(int classes, int scale, DecoderUpsampling upsampling)
        where T : unmanaged, IFloatingPointIeee754<T> => upsampling == DecoderUpsampling.Bilinear
            ? Bilinear<T>(scale)
            : new ConvTranspose2d<T>(classes, classes, 2 * scale,
                new ConvTransposeOptions { Stride = scale, Padding = scale / 2, Bias = false, Initializer = Initializer.Bilinear });

    public static Upsample<T> Bilinear<T>(int scale)
        where T : unmanaged, IFloatingPointIeee754<T> => new(scale, ResizeMethod.PyTorchLinear());
}
