using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// A transposed convolution over one, two or three axes: <see cref="ConvTranspose1d{T}"/>, <see cref="ConvTranspose2d{T}"/>,
/// <see cref="ConvTranspose3d{T}"/>.
/// </summary>
public abstract class ConvTransposeLayer<T> : WeightedLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _axes;

    private protected ConvTransposeLayer(
        int axes, int inputChannels, int outputChannels, PerAxis kernelSize, ConvTransposeOptions options)
        : base(
            WeightShape(inputChannels, outputChannels / CheckedGroups(inputChannels, outputChannels, options), kernelSize, axes),
            outputChannels, options)
    {
        if (options.Same || options.PaddingMode != PaddingMode.Zeros)
            throw new GeometryException(new("paddingMode",
                $"same = {options.Same} and paddingMode = {options.PaddingMode}, and a transposed convolution crops, with zeros around its "
                + $"input alone: leave them out"));
        _axes = axes;
        Stride = options.Stride;
        Padding = options.Padding;
        OutputPadding = options.OutputPadding;
        Groups = options.Groups;
        Dilation = options.Dilation;
    }

    /// <summary>As given; none for 1.</summary>
    public PerAxis Stride { get; }

    /// <summary>As given; none for 0.</summary>
    public PerAxis Padding { get; }

    /// <summary>As given; none for 0.</summary>
    public PerAxis OutputPadding { get; }

    /// <summary>Divides both channel counts.</summary>
    public int Groups { get; }

    /// <summary>As given; none for 1.</summary>
    public PerAxis Dilation { get; }

    /// <summary>The transposed convolution.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <returns>[batch, output channels, sizes...]: (input - 1)*stride - 2*padding + dilation*(kernel - 1) + outputPadding + 1 on each
    /// axis.</returns>
    /// <exception cref="GeometryException">An input that does not fit.</exception>
    public override Variable<T> Forward(Variable<T> input) => Forward(input, default);

    /// <summary>The transposed convolution with an output of given sizes, instead of the layer's output padding.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="outputSize">Sizes, each one of the stride many that belong to the input's.</param>
    /// <returns>[batch, output channels, outputSize...].</returns>
    /// <exception cref="GeometryException">An input or a size that does not fit.</exception>
    public Variable<T> Forward(Variable<T> input, PerAxis outputSize)
    {
        RequireReady(input, _axes);
        return Functions.ConvTranspose(input, UsedWeight(input), Bias, Stride, Padding, OutputPadding, Groups, Dilation, outputSize);
    }
}

/// <summary>PyTorch's <c>ConvTranspose1d</c>. Weights [input channels, output channels / groups, kernel].</summary>
public sealed class ConvTranspose1d<T> : ConvTransposeLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="ConvTranspose2d{T}(int, int, PerAxis, PerAxis, PerAxis, PerAxis, int, bool, PerAxis, Initializer?, RandomSource?)"/>
    public ConvTranspose1d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, bool bias = true, PerAxis dilation = default, Initializer? initializer = null,
        RandomSource? random = null)
        : this(inputChannels, outputChannels, kernelSize, new()
        {
            Stride = stride, Padding = padding, OutputPadding = outputPadding, Groups = groups, Bias = bias, Dilation = dilation,
            Initializer = initializer, Random = random,
        })
    {
    }

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="options">Stride, padding and the like.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public ConvTranspose1d(int inputChannels, int outputChannels, PerAxis kernelSize, ConvTransposeOptions options)
        : base(1, inputChannels, outputChannels, kernelSize, options)
    {
    }
}

/// <summary>PyTorch's <c>ConvTranspose2d</c>. Weights [input channels, output channels / groups, kernel, kernel].</summary>
public sealed class ConvTranspose2d<T> : ConvTransposeLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="outputPadding">Default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="bias">Whether a number is added to each output channel.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="initializer">Where the first weights come from; default PyTorch's.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public ConvTranspose2d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, bool bias = true, PerAxis dilation = default, Initializer? initializer = null,
        RandomSource? random = null)
        : this(inputChannels, outputChannels, kernelSize, new()
        {
            Stride = stride, Padding = padding, OutputPadding = outputPadding, Groups = groups, Bias = bias, Dilation = dilation,
            Initializer = initializer, Random = random,
        })
    {
    }

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="options">Stride, padding and the like.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public ConvTranspose2d(int inputChannels, int outputChannels, PerAxis kernelSize, ConvTransposeOptions options)
        : base(2, inputChannels, outputChannels, kernelSize, options)
    {
    }
}

/// <summary>PyTorch's <c>ConvTranspose3d</c>. Weights [input channels, output channels / groups, kernel, kernel, kernel].</summary>
public sealed class ConvTranspose3d<T> : ConvTransposeLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="ConvTranspose2d{T}(int, int, PerAxis, PerAxis, PerAxis, PerAxis, int, bool, PerAxis, Initializer?, RandomSource?)"/>
    public ConvTranspose3d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, bool bias = true, PerAxis dilation = default, Initializer? initializer = null,
        RandomSource? random = null)
        : this(inputChannels, outputChannels, kernelSize, new()
        {
            Stride = stride, Padding = padding, OutputPadding = outputPadding, Groups = groups, Bias = bias, Dilation = dilation,
            Initializer = initializer, Random = random,
        })
    {
    }

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="options">Stride, padding and the like.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public ConvTranspose3d(int inputChannels, int outputChannels, PerAxis kernelSize, ConvTransposeOptions options)
        : base(3, inputChannels, outputChannels, kernelSize, options)
    {
    }
}
