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

    /// <summary>The weights, in PyTorch's layout; with a <see cref="Parametrization"/>, what those that the layer uses are computed
    /// from.</summary>
    public Parameter<T> Weight { get; }

    /// <summary>How the weights that the layer uses are computed from <see cref="Weight"/>; null where they are those.</summary>
    public WeightParametrization<T>? Parametrization { get; private set; }

    /// <summary>[output channels], or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random)
    {
        _initializer.FillWeight(Weight.Shape.AsSpan(), random, Weight.Values);
        if (Bias is not null) _initializer.FillBias(Weight.Shape.AsSpan(), random, Bias.Values);
        Parametrization?.Begin(random);
    }

    /// <summary>
    /// Divides the weights by their largest singular value: PyTorch's <c>spectral_norm</c>. The parameter is called <c>weight_orig</c>
    /// then.
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018.
    /// </summary>
    /// <param name="random">Draws the first singular vectors.</param>
    /// <param name="iterations">Steps towards them in each pass while learning.</param>
    /// <param name="epsilon">Added to the lengths of vectors.</param>
    /// <returns>This layer.</returns>
    /// <exception cref="InvalidOperationException">The layer has a parametrization.</exception>
    public WeightedLayer<T> UseSpectralNorm(RandomSource random, int iterations = 1, double epsilon = 1e-12)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        RequireNoParametrization();
        RenameParameter("weight", "weight_orig");
        var norm = new SpectralNorm<T>(Weight, this is ConvTransposeLayer<T> or HeldConvTranspose2d<T> ? 1 : 0, iterations, epsilon);
        AddBuffer("weight_u", norm.Left);
        AddBuffer("weight_v", norm.Right);
        norm.Draw(random);
        Parametrization = norm;
        return this;
    }

    /// <summary>
    /// A length for each of the weights' first axis, learned apart from their direction: PyTorch's <c>weight_norm</c>. The parameters are
    /// called <c>weight_g</c> and <c>weight_v</c> then. Salimans and Kingma, "Weight Normalization", 2016.
    /// </summary>
    /// <returns>This layer.</returns>
    /// <exception cref="InvalidOperationException">The layer has a parametrization, or its weights were never set.</exception>
    public WeightedLayer<T> UseWeightNorm()
    {
        RequireNoParametrization();
        RequireWeights();
        RenameParameter("weight", "weight_v");
        var norm = new WeightNorm<T>(Weight);
        AddParameter("weight_g", norm.Length);
        Parametrization = norm;
        return this;
    }

    /// <summary>The weights that the layer uses, as numbers: for an export.</summary>
    public Parameter<T> ComputedWeight()
    {
        if (Parametrization is null) return Weight;
        RequireWeights();
        using var tape = new Tape<T>();
        Variable<T> used = Parametrization.Compute(tape, isTraining: false);
        return new Parameter<T>(used.Values, used.Shape.AsSpan(), requiresGradient: false);
    }

    /// <summary>The weights that the layer uses.</summary>
    private protected Variable<T> UsedWeight(Variable<T> input) =>
        Parametrization is null ? Weight : Parametrization.Compute(Tape<T>.Of([input]), IsTraining);

    private void RequireNoParametrization()
    {
        if (Parametrization is not null)
            throw new InvalidOperationException($"the layer's weights go through {Parametrization.Name} already: one is enough");
    }

    /// <summary>Refuses weights that nobody gave.</summary>
    private protected void RequireWeights()
    {
        if (!Weight.IsSet)
            throw new InvalidOperationException(
                $"the weights {TensorMemory.Text(Weight.Shape.AsSpan())} of this layer were never set: give the constructor a random "
                    + $"source, call Initialize, load them, or write Weight.Values");
    }

    /// <summary>Refuses weights that nobody gave, and an input that is not [batch, channels, sizes...] of so many axes.</summary>
    private protected void RequireReady(Variable<T> input, int axes)
    {
        ArgumentNullException.ThrowIfNull(input);
        RequireWeights();
        Require.Rank(input.Shape.AsSpan(), axes + 2, axes + 2, nameof(input));
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
