using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>
/// A chain of layers that makes a larger plane of one plane: convolutions that keep the size and a transposed convolution at the end, as
/// FSRCNN is, or the sum of several such chains. Values are luma divided by 255. A plane is seen continued by its border.
/// </summary>
/// <remarks>Source of the architecture: Dong, Loy and Tang, "Accelerating the Super-Resolution Convolutional Neural Network",
/// 2016.</remarks>
public sealed partial class PlaneNetwork
{
    /// <summary>A chain of these layers.</summary>
    /// <param name="layers">The first takes one plane, the last is the only transposed convolution and gives one plane, and each takes as
    /// many planes as the one before gives.</param>
    /// <exception cref="ArgumentException">Layers that do not make such a chain.</exception>
    public PlaneNetwork(params IEnumerable<PlaneLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        Layers = [.. layers];
        Added = [];
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
    }

    private PlaneNetwork(PlaneNetwork first, PlaneNetwork added)
    {
        (Layers, Scale) = (first.Layers, first.Scale);
        Added = [.. first.Added, added];
        Reach = Math.Max(first.Reach, added.Reach);
    }

    /// <summary>From the plane to the larger plane.</summary>
    public ImmutableArray<PlaneLayer> Layers { get; }

    /// <summary>Chains whose results are added to that of <see cref="Layers"/>.</summary>
    public ImmutableArray<PlaneNetwork> Added { get; }

    /// <summary>The network whose result is the sum of this one's and another's.</summary>
    /// <param name="other">A chain of layers of the same scale, which looks no further ahead than this one.</param>
    /// <exception cref="ArgumentException">Another scale, a sum, or a chain that looks further ahead.</exception>
    public PlaneNetwork Plus(PlaneNetwork other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Scale != Scale)
            throw new ArgumentException($"networks that are added must have one scale: {Scale} and {other.Scale}", nameof(other));
        if (!other.Added.IsEmpty)
            throw new ArgumentException("what is added must be one chain of layers: add the parts of a sum one by one", nameof(other));
        (int ahead, int most) = (AheadOf(other), AheadOf(this));
        if (ahead > most)
            throw new ArgumentException(
                $"what is added must look no further ahead than this network, {most} rows of the larger plane: {ahead}", nameof(other));
        return new(this, other);

        static int AheadOf(PlaneNetwork network) =>
            network.Scale * network.Layers.Sum(LayerChain.LookAhead) + network.Layers[^1].Padding;
    }

    /// <summary>How much larger the result is along each axis.</summary>
    public int Scale { get; }

    /// <summary>How many input rows, and columns, around its own a square of scale x scale outputs depends on.</summary>
    public int Reach { get; }

    /// <summary>What enlarges planes of one size by this network, row by row.</summary>
    internal IRowUpscaler CreateUpscaler(int width, int height, PictureSettings settings) =>
        settings.SelfEnsemble ? new EnsembleUpscaler(this, width, height, settings.Bands)
            : new PlaneUpscaler(this, width, height, settings.Bands);

    /// <summary>Multiply-adds for each pixel of the input.</summary>
    public long MultiplyAddsPerPixel => Layers.Sum(static layer => (long)layer.Weight.Length)
        + Added.Sum(static added => added.MultiplyAddsPerPixel);
}
