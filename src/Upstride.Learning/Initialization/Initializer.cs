using System.Numerics;
using Upstride.Learning.Randomness;
using Upstride.Operators;

namespace Upstride.Learning.Initialization;

/// <summary>Gives a new layer its first weights and biases. Every draw comes from the given source, in the order of the elements.</summary>
public abstract class Initializer
{
    /// <summary>PyTorch's default of every linear and convolutional layer: uniform within 1/sqrt(fan in), weights and bias alike.</summary>
    /// <remarks>Source: PyTorch, <c>kaiming_uniform_(a=sqrt(5))</c>, which comes to that bound.</remarks>
    public static Initializer PyTorch { get; } = new PyTorchInitializer();

    /// <summary>Keras' default of every layer: <see cref="XavierUniform"/>, zero bias.</summary>
    public static Initializer Keras { get; } = XavierUniform();

    /// <summary>A transposed convolution that begins as bilinear interpolation of each channel by itself; zero bias.</summary>
    /// <remarks>The shape is [channels, channels per group, kernel...] with as many output as input channels.</remarks>
    public static Initializer Bilinear { get; } = new BilinearInitializer();

    /// <summary><paramref name="value"/> for every weight, zero bias; draws nothing.</summary>
    public static Initializer Constant(double value) => new ConstantInitializer(value);

    /// <summary>Normal weights, zero bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is negative or not a number.</exception>
    public static Initializer Normal(double mean = 0, double deviation = 0.01) =>
        deviation >= 0
            ? new NormalInitializer(mean, _ => deviation)
            : throw new ArgumentOutOfRangeException(nameof(deviation), deviation, $"deviation = {deviation}, and must be at least 0");

    /// <summary>Normal weights of deviation sqrt(2 / ((1 + slope^2) fan)), for layers before (leaky) ReLU; zero bias.</summary>
    /// <remarks>Source: He et al., "Delving Deep into Rectifiers", 2015.</remarks>
    /// <param name="slope">The leaky ReLU's slope below zero, or the first slope of PReLU.</param>
    /// <param name="mode">Which fan keeps its variance.</param>
    public static Initializer HeNormal(double slope = 0, FanMode mode = FanMode.In)
    {
        mode = Known(mode);
        return new NormalInitializer(0, shape => HeDeviation(Fans.Of(shape), slope, mode));
    }

    /// <summary>As <see cref="HeNormal"/>, uniform of the same deviation.</summary>
    /// <param name="slope">The leaky ReLU's slope below zero, or the first slope of PReLU.</param>
    /// <param name="mode">Which fan keeps its variance.</param>
    public static Initializer HeUniform(double slope = 0, FanMode mode = FanMode.In)
    {
        mode = Known(mode);
        return new UniformInitializer(shape => HeDeviation(Fans.Of(shape), slope, mode));
    }

    /// <summary>Normal weights of deviation gain sqrt(2 / (fan in + fan out)), for layers before tanh or sigmoid; zero bias.</summary>
    /// <remarks>Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.</remarks>
    /// <param name="gain">1 for a linear layer; PyTorch advises 5/3 before tanh.</param>
    public static Initializer XavierNormal(double gain = 1) => new NormalInitializer(0, shape => XavierDeviation(Fans.Of(shape), gain));

    /// <summary>As <see cref="XavierNormal"/>, uniform of the same deviation: Keras calls it Glorot uniform.</summary>
    /// <param name="gain">1 for a linear layer; PyTorch advises 5/3 before tanh.</param>
    public static Initializer XavierUniform(double gain = 1) => new UniformInitializer(shape => XavierDeviation(Fans.Of(shape), gain));

    /// <summary>Weights as a matrix, [first length, the others], whose rows or columns are at right angles and of length
    /// <paramref name="gain"/>; zero bias.</summary>
    /// <remarks>Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    /// networks", 2014.</remarks>
    /// <param name="gain">1 for a linear layer.</param>
    public static Initializer Orthogonal(double gain = 1) => new OrthogonalInitializer(gain);

    /// <summary>Normal weights of which those outside of two bounds are drawn again, as PyTorch's <c>trunc_normal_</c>; zero
    /// bias.</summary>
    /// <param name="mean">Before the truncation.</param>
    /// <param name="deviation">Before the truncation.</param>
    /// <param name="least">The lower bound.</param>
    /// <param name="most">The upper bound.</param>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is not above 0, or the bounds hold less than one in a thousand
    /// draws.</exception>
    public static Initializer TruncatedNormal(double mean = 0, double deviation = 1, double least = -2, double most = 2)
    {
        if (!(deviation > 0)) throw new ArgumentOutOfRangeException(nameof(deviation), deviation,
            $"deviation = {deviation}, and must be above 0");

        // The curve's height at the place between the bounds that is nearest to the mean, times as much of their distance as it is that
        // high.
        double from = (least - mean) / deviation, to = (most - mean) / deviation;
        double nearest = from > to ? double.PositiveInfinity : Math.Clamp(0, from, to);
        double part = Math.Exp(-nearest * nearest / 2) / Math.Sqrt(2 * Math.PI) * Math.Min(to - from, 1);
        return part > 1e-3
            ? new TruncatedNormalInitializer(mean, deviation, least, most)
            : throw new ArgumentOutOfRangeException(nameof(most), most,
                $"least = {least} and most = {most} hold less than one in a thousand numbers around {mean} of deviation {deviation}: "
                    + $"choose "
                + $"wider bounds, nearer to the mean");
    }

    /// <summary>A convolution before a pixel shuffle whose shuffled output begins as nearest-neighbour enlargement of what
    /// <paramref name="inner"/> alone
    /// would give, without checkerboards.</summary>
    /// <remarks>Source: Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017.</remarks>
    /// <param name="scale">The shuffle's scale along every axis.</param>
    /// <param name="inner">Makes the weights that are repeated; PyTorch's default where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is below 1.</exception>
    public static Initializer Icnr(int scale, Initializer? inner = null) =>
        scale >= 1
            ? new IcnrInitializer(scale, inner ?? PyTorch)
            : throw new ArgumentOutOfRangeException(nameof(scale), scale, $"scale = {scale}, and must be at least 1");

    /// <summary>Draws weights.</summary>
    /// <param name="shape">The weights' shape: [output, input per group, kernel...], or [input, output per group, kernel...] of a
    /// transposed convolution.</param>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="destination">The weights, row-major; every element is written.</param>
    /// <exception cref="ArgumentException">The shape is none that this initializer knows, or the destination's length is not the
    /// shape's.</exception>
    public abstract void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Draws biases: zeros, but for PyTorch's default and what is built on it.</summary>
    /// <param name="weightShape">The shape of the weights that the biases belong to, as in <see cref="FillWeight"/>.</param>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="destination">[output channels]; every element is written.</param>
    /// <exception cref="ArgumentException">The shape is none that this initializer knows.</exception>
    public virtual void FillBias<T>(ReadOnlySpan<nint> weightShape, RandomSource random, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireBias(weightShape, random);
        destination.Clear();
    }

    /// <summary>Refuses weights whose number is not their shape's, and a missing source of numbers.</summary>
    /// <exception cref="ArgumentException">The destination's length is not the shape's, or a length is negative.</exception>
    private protected static void RequireWeight(ReadOnlySpan<nint> shape, RandomSource random, int length)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (shape.IsEmpty) throw new ArgumentException("shape is empty: give the weights' lengths", nameof(shape));
        Require.Length(length, shape, "destination");
    }

    /// <summary>Refuses biases of weights without a shape, and a missing source of numbers.</summary>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    private protected static void RequireBias(ReadOnlySpan<nint> weightShape, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (weightShape.IsEmpty)
            throw new ArgumentException("weightShape is empty: give the lengths of the weights that the biases belong to",
                nameof(weightShape));
    }

    private static FanMode Known(FanMode mode) =>
        Enum.IsDefined(mode)
        ? mode : throw new ArgumentOutOfRangeException(nameof(mode),
        $"mode = {mode}, and must be one of {string.Join(", ", Enum.GetNames<FanMode>())}");

    private static double HeDeviation(Fans fans, double slope, FanMode mode) =>
        Math.Sqrt(2 / ((1 + slope * slope) * (mode == FanMode.In ? fans.In : fans.Out)));

    private static double XavierDeviation(Fans fans, double gain) => gain * Math.Sqrt(2 / (fans.In + fans.Out));
}
