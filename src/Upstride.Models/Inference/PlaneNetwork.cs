using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>
/// A chain of layers that makes a larger plane of one plane: convolutions that keep the size and a transposed convolution at the end, as
/// FSRCNN is. Results of other chains may be added to its own, and the sum may be what an interpolation lacks. Values are luma divided by
/// 255. A plane is seen continued by its border.
/// </summary>
/// <remarks>Source of the architecture: Dong, Loy and Tang, "Accelerating the Super-Resolution Convolutional Neural Network",
/// 2016.</remarks>
public sealed partial class PlaneNetwork
{
    /// <summary>
    /// What is added to an interpolation is nearer to zero by this much, and nothing where it is smaller: rounding errors of long sums do
    /// not show. A thousandth of a level of 8 bits.
    /// </summary>
    public const float Negligible = 1f / (1 << 18);

    /// <summary>A chain of these layers.</summary>
    /// <param name="layers">The first takes one plane, the last is the only transposed convolution and gives one plane, and each takes as
    /// many planes as the one before gives.</param>
    /// <exception cref="ArgumentException">Layers that do not make such a chain.</exception>
    public PlaneNetwork(params IEnumerable<PlaneLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        Layers = [.. layers];
        int channels = 1;
        for (int i = 0; i < Layers.Length; i++)
        {
            PlaneLayer layer = Layers[i];
            if (layer.InputChannels != channels)
                throw new ArgumentException(
                    $"layer {i} must take the {channels} channels that {(i == 0 ? "the plane has" : "the layer before "
                    + "gives")}: it takes {layer.InputChannels}", nameof(layers));
            if (layer.Transposed != (i == Layers.Length - 1))
                throw new ArgumentException(
                    $"the last layer, and no other, must be the transposed convolution: layer {i} of {Layers.Length} is "
                    + $"{(layer.Transposed ? "one" : "a convolution")}", nameof(layers));
            channels = layer.OutputChannels;
        }
        if (Layers.Length == 0 || channels != 1)
            throw new ArgumentException($"the last layer must give one channel: {(Layers.Length == 0 ? "there is no layer" : channels)}",
                nameof(layers));
        PlaneLayer last = Layers[^1];
        Scale = last.Stride;

        // Output rows s i .. s i + s - 1 are at full rows s i + padding ..., whose windows are the inputs j - T + 1 .. j.
        int window = Integers.DivideUp(last.Kernel, last.Stride);
        int above = window - 1 - last.Padding / last.Stride, below = Integers.DivideUp(last.Padding, last.Stride);
        Reach = Layers.Sum(static layer => layer.Transposed ? 0 : layer.Padding) + Math.Max(Math.Max(above, below), 0);
        Added = [];
    }

    private PlaneNetwork(PlaneNetwork first, ImmutableArray<PlaneNetwork> added, PlaneNetwork? interpolation)
    {
        (Layers, Scale, Added, Interpolation) = (first.Layers, first.Scale, added, interpolation);
        Reach = added.Append(first).Max(static one => one.Reach);
        if (interpolation is not null) Reach = Math.Max(Reach, interpolation.Reach);
    }

    /// <summary>From the plane to the larger plane.</summary>
    public ImmutableArray<PlaneLayer> Layers { get; }

    /// <summary>Chains whose results are added to that of <see cref="Layers"/>.</summary>
    public ImmutableArray<PlaneNetwork> Added { get; }

    /// <summary>The chain whose result the sum of all others is added to, as far as it is not negligible; null where there is
    /// none.</summary>
    public PlaneNetwork? Interpolation { get; }

    /// <summary>How much larger the result is along each axis.</summary>
    public int Scale { get; }

    /// <summary>How many input rows, and columns, around its own a square of scale x scale outputs depends on.</summary>
    public int Reach { get; }

    /// <summary>Multiply-adds for each pixel of the input.</summary>
    public long MultiplyAddsPerPixel => Layers.Sum(static layer => (long)layer.Weight.Length)
        + Added.Sum(static added => added.MultiplyAddsPerPixel) + (Interpolation?.MultiplyAddsPerPixel ?? 0);

    /// <summary>The network whose result is the sum of this one's and another's.</summary>
    /// <param name="other">A chain of layers of the same scale, which looks no further ahead than this one.</param>
    /// <exception cref="ArgumentException">Another scale, a sum, or a chain that looks further ahead.</exception>
    public PlaneNetwork Plus(PlaneNetwork other)
    {
        RequireChain(other, nameof(other));
        return new(this, Added.Add(other), Interpolation);
    }

    /// <summary>The network whose result is an interpolation's and, as far as it is not negligible, this one's.</summary>
    /// <param name="interpolation">A chain of layers of the same scale, which looks no further ahead than this one.</param>
    /// <exception cref="ArgumentException">Another scale, a sum, or a chain that looks further ahead; or there is an interpolation
    /// already.</exception>
    public PlaneNetwork Over(PlaneNetwork interpolation)
    {
        RequireChain(interpolation, nameof(interpolation));
        if (Interpolation is not null) throw new ArgumentException("the network has an interpolation already", nameof(interpolation));
        return new(this, Added, interpolation);
    }

    /// <summary>What enlarges planes of one size by this network, row by row.</summary>
    internal IRowUpscaler CreateUpscaler(int width, int height, PictureSettings settings) =>
        settings.SelfEnsemble ? new EnsembleUpscaler(this, width, height, settings.Bands)
            : new PlaneUpscaler(this, width, height, settings.Bands);

    private void RequireChain(PlaneNetwork other, string parameter)
    {
        ArgumentNullException.ThrowIfNull(other, parameter);
        if (other.Scale != Scale)
            throw new ArgumentException($"networks that are added must have one scale: {Scale} and {other.Scale}", parameter);
        if (!other.Added.IsEmpty || other.Interpolation is not null)
            throw new ArgumentException("what is added must be one chain of layers: add the parts of a sum one by one", parameter);
        (int ahead, int most) = (AheadOf(other), AheadOf(this));
        if (ahead > most)
            throw new ArgumentException(
                $"what is added must look no further ahead than this network, {most} rows of the larger plane: {ahead}", parameter);

        static int AheadOf(PlaneNetwork network) =>
            network.Scale * network.Layers.Sum(LayerChain.LookAhead) + network.Layers[^1].Padding;
    }
}
