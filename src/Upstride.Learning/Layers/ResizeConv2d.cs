using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// Nearest-neighbour enlargement by a whole factor, then a convolution of stride 1, computed as one transposed convolution at the small
/// size: the cure for checkerboards. Weights [output channels, input channels / groups, kernel, kernel], those of the convolution.
/// </summary>
/// <remarks>Source: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill, 2016.</remarks>
public sealed class ResizeConv2d<T> : WeightedLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="scale">The factor of the enlargement.</param>
    /// <param name="padding">The convolution's, in elements of the enlarged input; default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="bias">Whether a number is added to each output channel.</param>
    /// <param name="initializer">Where the first weights come from; default PyTorch's.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public ResizeConv2d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis scale, PerAxis padding = default, int groups = 1,
            bool bias = true,
        Initializer? initializer = null, RandomSource? random = null)
        : base(WeightShape(outputChannels, inputChannels / CheckedGroups(inputChannels, outputChannels, groups), kernelSize, 2),
        outputChannels, bias, initializer, random)
    {
        Scale = scale;
        Padding = padding;
        Groups = groups;
    }

    /// <summary>The factor of the enlargement.</summary>
    public PerAxis Scale { get; }

    /// <summary>As given; none for 0.</summary>
    public PerAxis Padding { get; }

    /// <summary>Divides both channel counts.</summary>
    public int Groups { get; }

    /// <summary>Enlarges and convolves.</summary>
    /// <param name="input">[batch, input channels, height, width].</param>
    /// <returns>[batch, output channels, scale*height + 2*padding - kernel + 1, likewise].</returns>
    /// <exception cref="GeometryException">An input that does not fit.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        RequireReady(input, axes: 2);
        return Functions.ResizeConvolution(input, UsedWeight(input), Scale, Bias, Padding, Groups);
    }
}
