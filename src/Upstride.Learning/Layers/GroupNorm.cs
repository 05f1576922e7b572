using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>What normalising layers have in common, with PyTorch's defaults.</summary>
public record NormalizationOptions
{
    /// <summary>Added to the variance. Default 1e-5.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Whether there are a weight and a bias: <c>affine</c>, <c>elementwise_affine</c>. Default true.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Whether, with a weight, there is a bias too. Default true.</summary>
    public bool Bias { get; init; } = true;
}

/// <summary>PyTorch's <c>GroupNorm</c>: the channels in groups, each group of each sample to mean 0 and variance 1.</summary>
/// <remarks>Source: Wu and He, "Group Normalization", 2018.</remarks>
public sealed class GroupNorm<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="groups">Divides the channels.</param>
    /// <param name="channels">Of the input.</param>
    /// <param name="options">Epsilon and the like.</param>
    /// <exception cref="ArgumentOutOfRangeException">No group or channel.</exception>
    /// <exception cref="GeometryException">Groups that do not divide the channels.</exception>
    public GroupNorm(int groups, int channels, NormalizationOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (channels % groups != 0)
            throw new GeometryException(new(nameof(groups),
                $"channels % groups = {channels} % {groups} = {channels % groups}, and must be 0: choose groups to divide the channels"));
        options ??= new();
        (Groups, Channels, Epsilon) = (groups, channels, options.Epsilon);
        if (!options.Affine) return;
        Weight = AddParameter("weight", new([channels]));
        Bias = options.Bias ? AddParameter("bias", new([channels])) : null;
        InitializeOwn(new RandomSource(0));
    }

    /// <summary>Divides the channels.</summary>
    public int Groups { get; }

    /// <summary>Of the input.</summary>
    public int Channels { get; }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>[channels], ones at first; or null.</summary>
    public Parameter<T>? Weight { get; }

    /// <summary>[channels], zeros at first; or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <summary>Normalises.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="GeometryException">Other channels, or groups of a single element.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operators.Require.Rank(input.Shape.AsSpan(), 2, 5, nameof(input));
        if (input.Shape[1] != Channels)
            throw new GeometryException(new(nameof(input),
                $"input has {input.Shape[1]} channels and the layer has {Channels}, and both must be equal: change one of them"));
        return Functions.GroupNorm(input, Groups, Weight, Bias, Epsilon);
    }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random)
    {
        Weight?.Values.Fill(T.One);
        Bias?.Values.Clear();
    }
}

/// <summary>PyTorch's <c>LayerNorm</c>: the last axes of each sample to mean 0 and variance 1.</summary>
/// <remarks>Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.</remarks>
public sealed class LayerNorm<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="normalizedShape">The lengths of the last axes.</param>
    /// <param name="options">Epsilon and the like.</param>
    /// <exception cref="ArgumentException">No axis, or a length below 1.</exception>
    public LayerNorm(ReadOnlySpan<nint> normalizedShape, NormalizationOptions? options = null)
    {
        if (normalizedShape.IsEmpty || normalizedShape.ContainsAnyInRange(nint.MinValue, 0))
            throw new ArgumentException(
                $"normalizedShape = [{string.Join(", ", normalizedShape.ToArray())}], and must have at least one length, each at least 1",
                nameof(normalizedShape));
        options ??= new();
        (NormalizedShape, Epsilon) = ([.. normalizedShape], options.Epsilon);
        if (!options.Affine) return;
        Weight = AddParameter("weight", new(normalizedShape));
        Bias = options.Bias ? AddParameter("bias", new(normalizedShape)) : null;
        InitializeOwn(new RandomSource(0));
    }

    /// <summary>The lengths of the last axes.</summary>
    public ImmutableArray<nint> NormalizedShape { get; }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Of the normalised shape, ones at first; or null.</summary>
    public Parameter<T>? Weight { get; }

    /// <summary>Of the normalised shape, zeros at first; or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <summary>Normalises.</summary>
    /// <param name="input">[..., normalised shape...].</param>
    /// <exception cref="GeometryException">Other last axes, or a single element.</exception>
    public override Variable<T> Forward(Variable<T> input) =>
        Functions.LayerNorm(input, NormalizedShape.AsSpan(), Weight, Bias, Epsilon);

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random)
    {
        Weight?.Values.Fill(T.One);
        Bias?.Values.Clear();
    }
}
