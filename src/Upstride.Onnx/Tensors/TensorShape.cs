namespace Upstride.Onnx.Tensors;

/// <summary>The lengths of a tensor's axes, outermost first; their product is a number of elements that an array can hold.</summary>
internal readonly struct TensorShape : IEquatable<TensorShape>
{
    private readonly nint[]? _lengths;

    /// <exception cref="OnnxFormatException">A negative length, or more elements than an array holds.</exception>
    public TensorShape(params ReadOnlySpan<nint> lengths)
    {
        Count = CountOf(lengths);
        _lengths = lengths.ToArray();
    }

    /// <summary>The shape of no axes: one element.</summary>
    public static TensorShape Scalar => new([]);

    public int Rank => Lengths.Length;

    /// <summary>The number of elements: the product of all lengths.</summary>
    public int Count { get; }

    public ReadOnlySpan<nint> Lengths => _lengths;

    public int this[int axis] => (int)Lengths[axis];

    /// <inheritdoc cref="TensorShape(ReadOnlySpan{nint})"/>
    public static TensorShape Of(ReadOnlySpan<long> lengths)
    {
        var converted = new nint[lengths.Length];
        for (int axis = 0; axis < converted.Length; axis++) converted[axis] = (nint)lengths[axis];
        return new(converted);
    }

    /// <inheritdoc cref="TensorShape(ReadOnlySpan{nint})"/>
    public static TensorShape Of(ReadOnlySpan<int> lengths)
    {
        var converted = new nint[lengths.Length];
        for (int axis = 0; axis < converted.Length; axis++) converted[axis] = lengths[axis];
        return new(converted);
    }

    /// <summary>The lengths as numbers to compute with.</summary>
    public int[] ToArray()
    {
        var lengths = new int[Rank];
        for (int axis = 0; axis < lengths.Length; axis++) lengths[axis] = this[axis];
        return lengths;
    }

    /// <summary>The product of the lengths of axes <paramref name="from"/> up to but without <paramref name="to"/>.</summary>
    public int CountOfAxes(int from, int to)
    {
        int count = 1;
        for (int axis = from; axis < to; axis++) count *= this[axis];
        return count;
    }

    public bool Equals(TensorShape other) => Lengths.SequenceEqual(other.Lengths);

    public override bool Equals(object? obj) => obj is TensorShape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (nint length in Lengths) hash.Add(length);
        return hash.ToHashCode();
    }

    public static bool operator ==(TensorShape left, TensorShape right) => left.Equals(right);

    public static bool operator !=(TensorShape left, TensorShape right) => !left.Equals(right);

    /// <summary>The lengths in brackets: <c>[1, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Lengths.ToArray())}]";

    private static int CountOf(ReadOnlySpan<nint> lengths)
    {
        long count = 1;
        bool empty = false;
        foreach (nint length in lengths)
        {
            if (length < 0)
                throw new OnnxFormatException($"a shape of [{string.Join(", ", lengths.ToArray())}], and no length may be negative");
            empty |= length == 0;
        }
        foreach (nint length in lengths)
        {
            // Each factor is held below 2^31, so that the product of two cannot overflow.
            count = length > Array.MaxLength ? long.MaxValue : count * Math.Max(1, (long)length);
            if (count > Array.MaxLength)
                throw new OnnxFormatException(
                    $"a shape of [{string.Join(", ", lengths.ToArray())}] has more than {Array.MaxLength} elements");
        }
        return empty ? 0 : (int)count;
    }
}
