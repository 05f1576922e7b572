using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Upstride.Geometry;

/// <summary>
/// An integer for each spatial axis, outermost first; one value stands for all axes. Converts from <c>2</c> and from <c>[2, 1]</c>.
/// </summary>
[CollectionBuilder(typeof(PerAxis), nameof(Create))]
public readonly struct PerAxis : IEquatable<PerAxis>
{
    private readonly ImmutableArray<int> _values;

    private PerAxis(ImmutableArray<int> values) => _values = values;

    /// <summary>The values as given: one, or one for each axis; empty for <c>default</c>.</summary>
    public ImmutableArray<int> Values => _values.IsDefault ? [] : _values;

    /// <summary>Values for each axis, outermost first.</summary>
    public static PerAxis Create(ReadOnlySpan<int> values) => new([.. values]);

    /// <summary>One value for every axis.</summary>
    public static implicit operator PerAxis(int value) => new([value]);

    /// <summary>Values for each axis, outermost first.</summary>
    public static implicit operator PerAxis(int[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new([.. values]);
    }

    /// <summary>For collection expressions.</summary>
    public ImmutableArray<int>.Enumerator GetEnumerator() => Values.GetEnumerator();

    /// <summary>One value for each of <paramref name="axes"/> axes.</summary>
    /// <param name="axes">The number of spatial axes, 1 to 3.</param>
    /// <param name="parameter">The parameter's name, for the error.</param>
    /// <param name="fallback">The value of every axis where none was given.</param>
    /// <exception cref="GeometryException">Other than 1 to 3 axes, or a number of values that is neither one nor
    /// <paramref name="axes"/>.</exception>
    public ImmutableArray<int> Expand(int axes, string parameter, int? fallback = null)
    {
        if (axes is < 1 or > 3) throw new GeometryException(new(nameof(axes), $"axes = {axes}, and there must be 1, 2 or 3 spatial axes"));
        ImmutableArray<int> values = Values;
        if (values.IsEmpty && fallback is { } value) values = [value];
        if (values.Length == axes) return values;
        if (values.Length == 1) return [.. Arrays.Repeat(values[0], axes)];
        throw new GeometryException(new(
            parameter, $"{parameter} has {values.Length} values, {ToString()}, for {axes} spatial axes: give one value, or {axes}"));
    }

    /// <inheritdoc/>
    public bool Equals(PerAxis other) => Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PerAxis other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Aggregate(0, HashCode.Combine);

    /// <summary>The values joined by x, for example 2x1.</summary>
    public override string ToString() => string.Join('x', Values);

    /// <summary>Same values in the same order.</summary>
    public static bool operator ==(PerAxis left, PerAxis right) => left.Equals(right);

    /// <summary>Different values or another order.</summary>
    public static bool operator !=(PerAxis left, PerAxis right) => !left.Equals(right);
}
