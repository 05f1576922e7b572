using System.Numerics.Tensors;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>
/// Elements that a call is given, in the middle of a larger array whose ends tell whether anything was written beyond them.
/// </summary>
internal abstract class Guarded
{
    /// <summary>Whether what lies before and behind the elements is as it was.</summary>
    public abstract bool IsIntact { get; }

    /// <summary>How many there are.</summary>
    public abstract int Length { get; }

    /// <summary>Whether they have a shape.</summary>
    public abstract bool IsTensor { get; }

    /// <summary>The same elements with the last one left out; of a tensor, the last of its innermost axis.</summary>
    public abstract Guarded Shortened();

    /// <summary>The same with one more element.</summary>
    public abstract Guarded Lengthened();

    /// <summary>No elements at all.</summary>
    public abstract Guarded Emptied();

    /// <summary>The same elements in memory that no call has touched.</summary>
    public abstract Guarded Fresh();
}

/// <inheritdoc/>
internal sealed class Guarded<T> : Guarded
{
    private const int Margin = 4096;

    private readonly T[] _elements;
    private readonly nint[]? _shape;
    private readonly T _canary;
    private readonly T[] _memory;

    /// <param name="elements">The elements, row-major where they are a tensor's.</param>
    /// <param name="canary">What the ends hold; other than the elements.</param>
    /// <param name="shape">A tensor's lengths; null for a span.</param>
    public Guarded(T[] elements, T canary, nint[]? shape = null)
    {
        (_elements, _canary, _shape) = (elements, canary, shape);
        _memory = new T[elements.Length + 2 * Margin];
        Array.Fill(_memory, canary);
        elements.CopyTo(_memory, Margin);
    }

    public override bool IsIntact =>
        _memory.AsSpan(0, Margin).IndexOfAnyExcept(_canary) < 0 && _memory.AsSpan(Margin + _elements.Length).IndexOfAnyExcept(_canary) < 0;

    public override int Length => _elements.Length;

    public override bool IsTensor => _shape is not null;

    public static Span<T> ToSpan(object guarded) => ((Guarded<T>)guarded).Middle;

    public static ReadOnlySpan<T> ToReadOnlySpan(object guarded) => ((Guarded<T>)guarded).Middle;

    public static ReadOnlyMemory<T> ToReadOnlyMemory(object guarded) =>
        new(((Guarded<T>)guarded)._memory, Margin, ((Guarded<T>)guarded)._elements.Length);

    public static TensorSpan<T> ToTensorSpan(object guarded) =>
        guarded is Guarded<T> { _shape: [_, ..] shape } one ? new(one.Middle, shape) : default;

    public static ReadOnlyTensorSpan<T> ToReadOnlyTensorSpan(object guarded) =>
        guarded is Guarded<T> { _shape: [_, ..] shape } one ? new(one.Middle, shape) : default;

    public override Guarded Shortened()
    {
        if (_shape is null) return new Guarded<T>(_elements[..^1], _canary);
        nint[] shape = [.. _shape[..^1], _shape[^1] - 1];
        return new Guarded<T>(_elements[..(int)shape.Aggregate((a, b) => a * b)], _canary, shape);
    }

    public override Guarded Lengthened()
    {
        if (_shape is null) return new Guarded<T>([.. _elements, _elements.Length > 0 ? _elements[^1] : default!], _canary);
        nint[] shape = [.. _shape[..^1], _shape[^1] + 1];
        var more = new T[(int)shape.Aggregate((a, b) => a * b)];
        _elements.CopyTo(more, 0);
        return new Guarded<T>(more, _canary, shape);
    }

    public override Guarded Emptied() => new Guarded<T>([], _canary, _shape is null ? null : []);

    public override Guarded Fresh() => new Guarded<T>(_elements, _canary, _shape);

    private Span<T> Middle => _memory.AsSpan(Margin, _elements.Length);
}
