using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;
using Upstride.Operators;

namespace Upstride.Learning.Layers;

/// <summary>A layer with weights and perhaps a bias.</summary>
public abstract class WeightedLayer<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Initializer _initializer;

    private protected WeightedLayer(ReadOnlySpan<nint> weightShape, int outputChannels, bool bias, Initializer? initializer,
        RandomSource? random)
    {
        _initializer = initializer ?? Initializer.PyTorch;
        Weight = AddParameter("weight", new(weightShape));
        Bias = bias ? AddParameter("bias", new([outputChannels])) : null;
        if (random is not null) Initialize(random);
    }

    private protected WeightedLayer(ReadOnlySpan<nint> weightShape, int outputChannels, ConvolutionOptions options)
        : this(weightShape, outputChannels, options.Bias, options.Initializer, options.Random)
    {
    }

    /// <summary>The weights, in PyTorch's layout.</summary>
    public Parameter<T> Weight { get; }

    /// <summary>[output channels], or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random)
    {
        _initializer.FillWeight(Weight.Shape.AsSpan(), random, Weight.Values);
        if (Bias is not null) _initializer.FillBias(Weight.Shape.AsSpan(), random, Bias.Values);
    }

    /// <summary>Refuses weights that nobody gave.</summary>
    private protected void RequireWeights()
    {
        if (!Weight.IsSet)
            throw new InvalidOperationException(
                $"the weights {TensorAccess.Text(Weight.Shape.AsSpan())} of this layer were never set: give the constructor a random "
                    + $"source, call Initialize, load them, or write Weight.Values");
    }

    /// <summary>Refuses weights that nobody gave, and an input that is not [batch, channels, sizes...] of so many axes.</summary>
    private protected void RequireReady(Variable<T> input, int axes)
    {
        ArgumentNullException.ThrowIfNull(input);
        RequireWeights();
        TensorAccess.RequireRank(input.Shape.AsSpan(), axes + 2, axes + 2, nameof(input));
    }

    /// <summary>The groups, which divide the channels.</summary>
    private protected static int CheckedGroups(int inputChannels, int outputChannels, ConvolutionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return CheckedGroups(inputChannels, outputChannels, options.Groups);
    }

    /// <summary>Refuses groups that do not divide the channels.</summary>
    private protected static int CheckedGroups(int inputChannels, int outputChannels, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        foreach ((string name, int channels) in (ReadOnlySpan<(string, int)>)[(nameof(inputChannels), inputChannels),
            (nameof(outputChannels), outputChannels)])
        {
            if (channels % groups != 0)
                throw new GeometryException(new(nameof(groups),
                    $"{name} % groups = {channels} % {groups} = {channels % groups}, and must be 0: choose groups to divide both channel "
                    + $"counts"));
        }
        return groups;
    }

    /// <summary>[first, second, kernel...].</summary>
    private protected static nint[] WeightShape(int first, int second, PerAxis kernelSize, int axes) =>
        [first, second,
        .. kernelSize.Expand(axes, nameof(kernelSize))
            .Select(static size => size >= 1
            ? (nint)size : throw new GeometryException(new(nameof(kernelSize), $"kernelSize = {size}, and must be at least 1")))];
}
