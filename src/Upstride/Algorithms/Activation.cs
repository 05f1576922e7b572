using System.Collections.Immutable;

namespace Upstride.Algorithms;

/// <summary>The pointwise functions that can be fused behind a convolution.</summary>
public enum ActivationKind
{
    /// <summary>x.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x where positive, else alpha x.</summary>
    LeakyRelu,

    /// <summary>x where positive, else the channel's slope times x.</summary>
    PRelu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>x limited to alpha .. beta.</summary>
    Clip,

    /// <summary>A function of the caller's.</summary>
    Function,
}

/// <summary>
/// A function of one number, of single precision, applied to each of some that stand side by side, in their place. What a number becomes
/// must depend on nothing else, for how many come together does depend on the sizes; and several threads call it at once.
/// </summary>
/// <param name="values">The numbers.</param>
public delegate void PointwiseFunction(Span<float> values);

/// <summary>A pointwise function with its parameters.</summary>
public sealed record Activation
{
    private Activation(ActivationKind kind, double alpha = 0, double beta = 0, ImmutableArray<float> slopes = default)
    {
        Name = kind.ToString();
        Kind = kind;
        Alpha = alpha;
        Beta = beta;
        Slopes = slopes.IsDefault ? [] : slopes;
    }

    /// <summary>x.</summary>
    public static Activation None { get; } = new(ActivationKind.None);

    /// <summary>max(x, 0).</summary>
    public static Activation Relu { get; } = new(ActivationKind.Relu);

    /// <summary>The hyperbolic tangent.</summary>
    public static Activation Tanh { get; } = new(ActivationKind.Tanh);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Activation Sigmoid { get; } = new(ActivationKind.Sigmoid);

    /// <summary>Which function.</summary>
    public ActivationKind Kind { get; }

    /// <summary>What it is called: its kind, or the name of the caller's function.</summary>
    public string Name { get; private init; }

    /// <summary>The leaky slope, or the lower end of a clip.</summary>
    public double Alpha { get; }

    /// <summary>The upper end of a clip.</summary>
    public double Beta { get; }

    /// <summary>The slopes of <see cref="ActivationKind.PRelu"/>: one for every channel, or one for all.</summary>
    public ImmutableArray<float> Slopes { get; }

    /// <summary>The function of <see cref="ActivationKind.Function"/>.</summary>
    internal Action<Span<float>>? Run { get; private init; }

    /// <summary>x where positive, else <paramref name="slope"/> times x.</summary>
    public static Activation LeakyRelu(double slope) => new(ActivationKind.LeakyRelu, slope);

    /// <summary>x where positive, else the channel's slope times x.</summary>
    /// <param name="slopes">One for every channel of the destination, or one for all.</param>
    /// <exception cref="ArgumentException">No slopes at all.</exception>
    public static Activation PRelu(params ReadOnlySpan<float> slopes) =>
        slopes.IsEmpty
            ? throw new ArgumentException("slopes is empty: give one for every channel of the destination, or one for all", nameof(slopes))
            : new(ActivationKind.PRelu, slopes: [.. slopes]);

    /// <summary>x limited to <paramref name="minimum"/> .. <paramref name="maximum"/>.</summary>
    public static Activation Clip(double minimum, double maximum) => new(ActivationKind.Clip, minimum, maximum);

    /// <summary>
    /// A function that is none of the others, such as GELU or hard-swish, over elements of type float or Half, which it gets as float.
    /// </summary>
    /// <param name="name">What it is called.</param>
    /// <param name="function">The function.</param>
    public static Activation Function(string name, PointwiseFunction function)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(function);
        return new(ActivationKind.Function) { Name = name, Run = function.Invoke };
    }
}
