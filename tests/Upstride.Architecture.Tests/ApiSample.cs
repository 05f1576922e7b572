namespace Upstride.Architecture.Tests;

/// <summary>One of everything that the text of a public surface must tell.</summary>
public abstract class ApiSample<T>(string? name = null) : IDisposable
    where T : unmanaged, IComparable<T>
{
    public const int Limit = 3;

    public static ApiSample<T>? Shared => null;

    public required string?[] Names { get; init; }

    internal string? Name => name;

    public T this[int index] => default;

    public static implicit operator ApiSample<T>?(int value) => Shared;

    public abstract bool TryRead(ReadOnlySpan<nint> shape, out (int Head, long? Tail) crop, DayKind kind = DayKind.Late, double scale = 0.5);

    public void Each<TItem>(Func<TItem, string?> text, params TItem[] items)
        where TItem : class, new()
    {
    }

    public void Take(in ReadOnlySpan<int> values = default)
    {
    }

    public void Dispose() => GC.SuppressFinalize(this);

    public override string ToString() => name ?? "";
}

/// <summary>For the text of an enum's default.</summary>
public enum DayKind
{
    Early,
    Late,
}
