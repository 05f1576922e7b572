using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// How TensorFlow, Keras and JAX name a padding: <see cref="Same"/>, <see cref="Valid"/>, or amounts. <c>default</c> is
/// <see cref="Valid"/>.
/// </summary>
public readonly struct Padding : IEquatable<Padding>
{
    private readonly ImmutableArray<(int Head, int Tail)> _amounts;

    private Padding(PaddingKind kind, ImmutableArray<(int Head, int Tail)> amounts)
    {
        Kind = kind;
        _amounts = amounts;
    }

    /// <summary>
    /// The transposed convolution's output is <c>input*stride</c>; a convolution's is <c>input/stride</c>, rounded up. An odd element of
    /// padding goes to the end.
    /// </summary>
    public static Padding Same { get; } = new(PaddingKind.Same, []);

    /// <summary>Only whole kernels: a convolution reads no padding, and its transpose crops nothing.</summary>
    public static Padding Valid { get; } = new(PaddingKind.Valid, []);

    /// <summary>Which of the three it is.</summary>
    public PaddingKind Kind { get; }

    /// <summary>The amounts of <see cref="PaddingKind.Explicit"/> as given: one pair, or one for each axis; else empty.</summary>
    public ImmutableArray<(int Head, int Tail)> Amounts => _amounts.IsDefault ? [] : _amounts;

    /// <summary>Amounts at the start and the end of each axis, outermost first; one pair stands for all axes.</summary>
    public static Padding Explicit(params ReadOnlySpan<(int Head, int Tail)> amounts) => new(PaddingKind.Explicit, [.. amounts]);

    /// <inheritdoc/>
    public bool Equals(Padding other) => Kind == other.Kind && Amounts.SequenceEqual(other.Amounts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Padding other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Amounts.Aggregate((int)Kind, HashCode.Combine);

    /// <summary>SAME, VALID, or the amounts as (head, tail) for each axis.</summary>
    public override string ToString() => Kind switch
    {
        PaddingKind.Same => "SAME",
        PaddingKind.Valid => "VALID",
        _ => string.Join(' ', Amounts),
    };

    /// <summary>The explicit amounts of each of <paramref name="axes"/> axes.</summary>
    internal ImmutableArray<(int Head, int Tail)> Expand(int axes, string parameter)
    {
        ImmutableArray<(int Head, int Tail)> amounts = Amounts;
        if (amounts.Length == axes) return amounts;
        if (amounts.Length == 1) return [.. Arrays.Repeat(amounts[0], axes)];
        throw new GeometryException(new(
            parameter, $"{parameter} has {amounts.Length} pairs for {axes} spatial axes: give one pair (head, tail), or {axes}"));
    }

    /// <summary>Same kind and amounts.</summary>
    public static bool operator ==(Padding left, Padding right) => left.Equals(right);

    /// <summary>Another kind or other amounts.</summary>
    public static bool operator !=(Padding left, Padding right) => !left.Equals(right);
}

/// <summary>The three forms of <see cref="Padding"/>.</summary>
public enum PaddingKind
{
    /// <summary>No padding.</summary>
    Valid,

    /// <summary>As much as keeps the ratio of sizes equal to the stride.</summary>
    Same,

    /// <summary>Amounts for each end of each axis.</summary>
    Explicit,
}
