using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>A convolution over one, two or three axes: <see cref="Conv1d{T}"/>, <see cref="Conv2d{T}"/>, <see cref="Conv3d{T}"/>.</summary>
public abstract class ConvolutionLayer<T> : WeightedLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _axes;

    private protected ConvolutionLayer(
        int axes, int inputChannels, int outputChannels, PerAxis kernelSize, ConvolutionOptions options)
        : base(
            WeightShape(outputChannels, inputChannels / CheckedGroups(inputChannels, outputChannels, options), kernelSize, axes),
            outputChannels, options)
    {
        _axes = axes;
        Stride = options.Stride;
        Padding = options.Padding;
        Dilation = options.Dilation;
        Groups = options.Groups;
        PaddingMode = options.PaddingMode;
        Same = options.Same;
        if (Same && !options.Padding.Values.IsEmpty)
            throw new GeometryException(new("padding",
                $"same = true and padding = {options.Padding}, and same finds the padding itself: leave one of them out"));
        if (Same && options.Stride.Expand(axes, "stride", 1).Any(static stride => stride != 1))
            throw new GeometryException(new("stride",
                $"same = true and stride = {options.Stride}, and the output has the input's size at stride 1 alone: leave one of them "
                    + $"out"));
        Margins = Same
            ? [.. kernelSize.Expand(axes, nameof(kernelSize)).Zip(options.Dilation.Expand(axes, "dilation", 1),
                static (kernel, dilation) => ((kernel - 1) * dilation / 2, (kernel - 1) * dilation - (kernel - 1) * dilation / 2))]
            : [.. options.Padding.Expand(axes, "padding", 0).Select(static amount => (amount, amount))];
    }

    /// <summary>As given; none for 1.</summary>
    public PerAxis Stride { get; }

    /// <summary>As given; none for 0.</summary>
    public PerAxis Padding { get; }

    /// <summary>As given; none for 1.</summary>
    public PerAxis Dilation { get; }

    /// <summary>Divides both channel counts.</summary>
    public int Groups { get; }

    /// <summary>What stands around the input.</summary>
    public PaddingMode PaddingMode { get; }

    /// <summary>Whether the output has the input's size.</summary>
    public bool Same { get; }

    /// <summary>How much stands before and after each axis.</summary>
    public ImmutableArray<(int Before, int After)> Margins { get; }

    /// <summary>Whether <see cref="Margins"/> are zeros, as many before as after, which the convolution itself adds.</summary>
    public bool PadsItself => PaddingMode == PaddingMode.Zeros && Margins.All(static margin => margin.Before == margin.After);

    /// <summary>The convolution.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">An input that does not fit.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        RequireReady(input, _axes);
        Variable<T> weight = UsedWeight(input);
        if (PadsItself)
            return Functions.Convolution(input, weight, Bias, Stride, PerAxis.Create([.. Margins.Select(static margin => margin.Before)]),
                Dilation, Groups);
        return Functions.Convolution(Functions.Pad(input, Margins, PaddingMode), weight, Bias, Stride, default, Dilation, Groups);
    }
}

/// <summary>PyTorch's <c>Conv1d</c>. Weights [output channels, input channels / groups, kernel].</summary>
public sealed class Conv1d<T> : ConvolutionLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Conv2d{T}(int, int, PerAxis, PerAxis, PerAxis, PerAxis, int, bool, Initializer?, RandomSource?)"/>
    public Conv1d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis stride = default, PerAxis padding = default,
            PerAxis dilation = default,
        int groups = 1, bool bias = true, Initializer? initializer = null, RandomSource? random = null)
        : this(inputChannels, outputChannels, kernelSize, new()
        {
            Stride = stride, Padding = padding, Dilation = dilation, Groups = groups, Bias = bias, Initializer = initializer,
                Random = random,
        })
    {
    }

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="options">Stride, padding and the like.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public Conv1d(int inputChannels, int outputChannels, PerAxis kernelSize, ConvolutionOptions options)
        : base(1, inputChannels, outputChannels, kernelSize, options)
    {
    }
}

/// <summary>PyTorch's <c>Conv2d</c>. Weights [output channels, input channels / groups, kernel, kernel].</summary>
public sealed class Conv2d<T> : ConvolutionLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="bias">Whether a number is added to each output channel.</param>
    /// <param name="initializer">Where the first weights come from; default PyTorch's.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public Conv2d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis stride = default, PerAxis padding = default,
            PerAxis dilation = default,
        int groups = 1, bool bias = true, Initializer? initializer = null, RandomSource? random = null)
        : this(inputChannels, outputChannels, kernelSize, new()
        {
            Stride = stride, Padding = padding, Dilation = dilation, Groups = groups, Bias = bias, Initializer = initializer,
                Random = random,
        })
    {
    }

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="options">Stride, padding and the like.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public Conv2d(int inputChannels, int outputChannels, PerAxis kernelSize, ConvolutionOptions options)
        : base(2, inputChannels, outputChannels, kernelSize, options)
    {
    }
}

/// <summary>PyTorch's <c>Conv3d</c>. Weights [output channels, input channels / groups, kernel, kernel, kernel].</summary>
public sealed class Conv3d<T> : ConvolutionLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Conv2d{T}(int, int, PerAxis, PerAxis, PerAxis, PerAxis, int, bool, Initializer?, RandomSource?)"/>
    public Conv3d(
        int inputChannels, int outputChannels, PerAxis kernelSize, PerAxis stride = default, PerAxis padding = default,
            PerAxis dilation = default,
        int groups = 1, bool bias = true, Initializer? initializer = null, RandomSource? random = null)
        : this(inputChannels, outputChannels, kernelSize, new()
        {
            Stride = stride, Padding = padding, Dilation = dilation, Groups = groups, Bias = bias, Initializer = initializer,
                Random = random,
        })
    {
    }

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="options">Stride, padding and the like.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public Conv3d(int inputChannels, int outputChannels, PerAxis kernelSize, ConvolutionOptions options)
        : base(3, inputChannels, outputChannels, kernelSize, options)
    {
    }
}
