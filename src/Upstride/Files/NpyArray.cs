using System.Collections.Immutable;

namespace Upstride.Files;

/// <summary>An array of a <c>.npy</c> file.</summary>
public sealed class NpyArray
{
    /// <summary>An array of this shape.</summary>
    /// <param name="shape">Elements along each axis, outermost first; empty for a scalar.</param>
    /// <param name="elements">The elements in row-major order: of <c>Half</c>, <c>float</c>, <c>double</c>, an integer type of 8 to 64
    /// bits, or <c>bool</c>.</param>
    /// <exception cref="ArgumentException">Another element type, or another number of elements than the shape has.</exception>
    public NpyArray(ReadOnlySpan<int> shape, Array elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        if (!NpyElementType.All.Any(type => type.Holds(elements)))
            throw new ArgumentException(
                $"the elements are {elements.GetType().Name}, and must be "
                    + $"{string.Join(", ", NpyElementType.All.Select(static type => type.Name))}", nameof(elements));
        long count = shape.Contains(0) ? 0 : 1;
        foreach (int length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));

            // Both factors are below 2^31, so the product stays in 64 bits until it is refused.
            count *= length;
            if (count > elements.Length) break;
        }
        if (count != elements.Length)
            throw new ArgumentException(
                $"shape [{string.Join(", ", shape.ToArray())}] and {elements.Length} elements: the product of the shape must be the "
                    + $"number of elements", nameof(shape));
        Shape = [.. shape];
        Elements = elements;
    }

    /// <summary>Elements along each axis, outermost first; empty for a scalar.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>The elements in row-major order: of <c>Half</c>, <c>float</c>, <c>double</c>, an integer type of 8 to 64 bits, or
    /// <c>bool</c>.</summary>
    public Array Elements { get; }

    /// <summary>NumPy's name of the element type: <c>float32</c>, <c>uint8</c>, <c>bool</c>.</summary>
    public string ElementType => NpyElementType.Of(Elements).Name;

    /// <summary>The elements as <c>double</c>, exact but for integers beyond 2^53; truth values as 0 and 1.</summary>
    public double[] ToDoubles() => NpyElementType.Of(Elements).ToDoubles(Elements);

    /// <summary>The shape as NumPy names it: <c>float32 [1, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"{ElementType} [{string.Join(", ", Shape)}]";
}
