using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>
/// A chain of layers that makes a larger plane of one plane: convolutions that keep the size and a transposed convolution at the end, as
/// FSRCNN is, or several times such a chain, as the levels of a Laplacian pyramid are. Results of other chains may be added to its own, and
/// the sum may be what an interpolation lacks. Values are luma divided by 255. A plane is seen continued by its border.
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
    /// <param name="layers">The first takes one plane, the last is a transposed convolution and gives one plane, and each takes as many
    /// planes as the one before gives.</param>
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
            if (!layer.Transposed && i == Layers.Length - 1)
                throw new ArgumentException(
                    $"the last layer must be a transposed convolution: layer {i} of {Layers.Length} is a convolution", nameof(layers));
            channels = layer.OutputChannels;
        }
        if (Layers.Length == 0 || channels != 1)
            throw new ArgumentException($"the last layer must give one channel: {(Layers.Length == 0 ? "there is no layer" : channels)}",
                nameof(layers));
        Levels = Divide(Layers);
        Scale = Levels.Aggregate(1, static (product, level) => checked(product * level[^1].Stride));

        // A row that a level makes is looked at by the next one with those around it, which are made of fewer.
        var reaches = new int[Levels.Length];
        for (int i = Levels.Length - 1, later = 0; i >= 0; i--)
            reaches[i] = later = ReachOf(Levels[i]) + Integers.DivideUp(later, Levels[i][^1].Stride);
        Reaches = [.. reaches];
        Reach = Reaches[0];
        Added = [];
    }

    private PlaneNetwork(PlaneNetwork first, ImmutableArray<PlaneNetwork> added, PlaneNetwork? interpolation)
    {
        (Layers, Levels, Reaches, Scale) = (first.Layers, first.Levels, first.Reaches, first.Scale);
        (Added, Interpolation) = (added, interpolation);
        Reach = added.Append(first).Max(static one => one.Reach);
        if (interpolation is not null) Reach = Math.Max(Reach, interpolation.Reach);
    }

    /// <summary>From the plane to the larger plane.</summary>
    public ImmutableArray<PlaneLayer> Layers { get; }

    /// <summary><see cref="Layers"/>, divided behind each transposed convolution.</summary>
    internal ImmutableArray<ImmutableArray<PlaneLayer>> Levels { get; }

    /// <summary>How many rows, and columns, of each level's input around its own a square of outputs depends on.</summary>
    internal ImmutableArray<int> Reaches { get; }

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
    public long MultiplyAddsPerPixel => Levels.Select((level, index) => Square(ScaleBefore(index))
            * level.Sum(static layer => (long)layer.Weight.Length)).Sum()
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

    /// <summary>How many times as high and wide as the plane a level's input is.</summary>
    internal int ScaleBefore(int level) => Levels.Take(level).Aggregate(1, static (product, one) => product * one[^1].Stride);

    private static long Square(long value) => value * value;

    private static ImmutableArray<ImmutableArray<PlaneLayer>> Divide(ImmutableArray<PlaneLayer> layers)
    {
        var levels = ImmutableArray.CreateBuilder<ImmutableArray<PlaneLayer>>();
        for (int first = 0, i = 0; i < layers.Length; i++)
        {
            if (!layers[i].Transposed) continue;
            levels.Add(layers[first..(i + 1)]);
            first = i + 1;
        }
        return levels.ToImmutable();
    }

    private static int ReachOf(ImmutableArray<PlaneLayer> level)
    {
        // Output rows s i .. s i + s - 1 are at full rows s i + padding ..., whose windows are the inputs j - T + 1 .. j.
        PlaneLayer last = level[^1];
        int window = Integers.DivideUp(last.Kernel, last.Stride);
        int above = window - 1 - last.Padding / last.Stride, below = Integers.DivideUp(last.Padding, last.Stride);
        return level.Sum(LayerChain.LookAhead) + Math.Max(Math.Max(above, below), 0);
    }

    private void RequireChain(PlaneNetwork other, string parameter)
    {
        ArgumentNullException.ThrowIfNull(other, parameter);
        if (other.Scale != Scale)
            throw new ArgumentException($"networks that are added must have one scale: {Scale} and {other.Scale}", parameter);
        if (!other.Added.IsEmpty || other.Interpolation is not null)
            throw new ArgumentException("what is added must be one chain of layers: add the parts of a sum one by one", parameter);
        if (Levels.Length > 1 || other.Levels.Length > 1)
            throw new ArgumentException(
                $"networks that are added must enlarge once: they have {Levels.Length} and {other.Levels.Length} levels", parameter);
        (int ahead, int most) = (AheadOf(other), AheadOf(this));
        if (ahead > most)
            throw new ArgumentException(
                $"what is added must look no further ahead than this network, {most} rows of the larger plane: {ahead}", parameter);

        static int AheadOf(PlaneNetwork network) =>
            network.Scale * network.Layers.Sum(LayerChain.LookAhead) + network.Layers[^1].Padding;
    }
}
