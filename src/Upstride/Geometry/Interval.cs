namespace Upstride.Geometry;

/// <summary>The integers of [<paramref name="Start"/>, <paramref name="End"/>); empty where the end does not exceed the start.</summary>
internal readonly record struct Interval(int Start, int End)
{
    /// <summary>How many there are; not above 0 where it is empty.</summary>
    public int Length => End - Start;

    public bool IsEmpty => End <= Start;

    /// <summary>As many, so far on.</summary>
    public Interval Moved(int by) => new(Start + by, End + by);

    /// <summary>What both have.</summary>
    public Interval Clip(Interval other) => new(Math.Max(Start, other.Start), Math.Min(End, other.End));

    /// <summary>The least interval that has both; <see cref="None"/> adds nothing.</summary>
    public Interval Union(Interval other) => new(Math.Min(Start, other.Start), Math.Max(End, other.End));

    /// <summary>The empty interval that any union leaves as it is.</summary>
    public static Interval None { get; } = new(int.MaxValue, int.MinValue);

    /// <summary>Neighbouring intervals of some lengths.</summary>
    /// <param name="lengths">How long each is.</param>
    /// <param name="start">Where the first one starts.</param>
    public static IEnumerable<Interval> Consecutive(IEnumerable<int> lengths, int start = 0)
    {
        foreach (int length in lengths)
        {
            yield return new(start, start + length);
            start += length;
        }
    }
}
