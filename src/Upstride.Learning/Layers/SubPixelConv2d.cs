using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// A convolution to scale*scale times as many channels, then a pixel shuffle. Weights [output channels * scale * scale, input channels /
/// groups, kernel, kernel]. <see cref="Initializer.Icnr"/> begins it without checkerboards.
/// </summary>
/// <remarks>
/// Source: Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network", 2016.
/// </remarks>
public sealed class SubPixelConv2d<T> : WeightedLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="scale">How much height and width grow.</param>
    /// <param name="padding">The convolution's; default 0.</param>
    /// <param name="groups">Divides both channel counts of the convolution.</param>
    /// <param name="bias">Whether a number is added to each channel of the convolution.</param>
    /// <param name="initializer">Where the first weights come from; default PyTorch's.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public SubPixelConv2d(
        int inputChannels, int outputChannels, PerAxis kernelSize, int scale, PerAxis padding = default, int groups = 1, bool bias = true,
        Initializer? initializer = null, RandomSource? random = null)
        : base(
            WeightShape(Channels(outputChannels, scale),
                inputChannels / CheckedGroups(inputChannels, Channels(outputChannels, scale), groups), kernelSize, 2),
            Channels(outputChannels, scale), bias, initializer, random)
    {
        Scale = scale;
        Padding = padding;
        Groups = groups;
    }

    /// <summary>How much height and width grow.</summary>
    public int Scale { get; }

    /// <summary>As given; none for 0.</summary>
    public PerAxis Padding { get; }

    /// <summary>Divides both channel counts of the convolution.</summary>
    public int Groups { get; }

    /// <summary>Convolves and shuffles.</summary>
    /// <param name="input">[batch, input channels, height, width].</param>
    /// <returns>[batch, output channels, scale times the convolution's height, likewise].</returns>
    /// <exception cref="GeometryException">An input that does not fit.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        RequireReady(input, axes: 2);
        return Functions.PixelShuffle(Functions.Convolution(input, UsedWeight(input), Bias, padding: Padding, groups: Groups), Scale);
    }

    private static int Channels(int outputChannels, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        return checked(outputChannels * scale * scale);
    }
}

/// <summary>PyTorch's <c>PixelShuffle</c>: channels become space.</summary>
/// <param name="upscaleFactor">Of every axis, or for each.</param>
public sealed class PixelShuffle<T>(PerAxis upscaleFactor) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Of every axis, or for each.</summary>
    public PerAxis UpscaleFactor { get; } = upscaleFactor;

    /// <inheritdoc cref="Functions.PixelShuffle"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.PixelShuffle(input, UpscaleFactor);
}
