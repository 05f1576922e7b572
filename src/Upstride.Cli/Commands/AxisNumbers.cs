using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Upstride.Geometry;

namespace Upstride.Cli.Commands;

/// <summary>
/// Reads numbers for spatial axes as they are typed: <c>2</c>, <c>2x1</c>, and <c>1+2x0+0</c> where the two ends of an axis differ.
/// </summary>
internal static class AxisNumbers
{
    /// <summary>One number for all axes, or one for each, joined by x (or by commas).</summary>
    /// <exception cref="FormatException">Something else.</exception>
    public static PerAxis ParsePerAxis(string text) => PerAxis.Create([.. Split(text).Select(part => Number(part, text))]);

    /// <summary>One pair for all axes, or one for each: <c>1+2</c> is head and tail, <c>1</c> is both.</summary>
    /// <exception cref="FormatException">Something else.</exception>
    public static ImmutableArray<(int Head, int Tail)> ParsePairs(string text) =>
    [
        .. Split(text).Select(part =>
        {
            int plus = part.Length == 0 ? -1 : part.IndexOf('+', 1);
            return plus < 0
                ? (Number(part, text), Number(part, text))
                : (Number(part[..plus], text), Number(part[(plus + 1)..], text));
        }),
    ];

    /// <summary>One number for all axes, or one for each, with fractions: <c>2x1.5</c>.</summary>
    /// <exception cref="FormatException">Something else.</exception>
    public static float[] ParseNumbers(string text) =>
    [
        .. Split(text).Select(part => float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            ? value
            : throw new FormatException($"'{text}' is not numbers joined by x, as 2 or 2x1.5")),
    ];

    /// <summary>One pair for each of <paramref name="axes"/> axes; zeros where none were given.</summary>
    /// <exception cref="GeometryException">The number of pairs is neither one nor <paramref name="axes"/>.</exception>
    public static ImmutableArray<(int Head, int Tail)> Expand(ImmutableArray<(int Head, int Tail)> pairs, int axes, string parameter)
    {
        if (pairs.IsDefaultOrEmpty) pairs = [(0, 0)];
        ImmutableArray<int> heads = PerAxis.Create([.. pairs.Select(static pair => pair.Head)]).Expand(axes, parameter);
        ImmutableArray<int> tails = PerAxis.Create([.. pairs.Select(static pair => pair.Tail)]).Expand(axes, parameter);
        return [.. heads.Zip(tails)];
    }

    private static string[] Split(string text) => text.Split(text.Contains('x', StringComparison.Ordinal) ? 'x' : ',');

    private static int Number(string part, string text) =>
        int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new FormatException(IsWhole(part)
                ? $"'{text}' is out of range: whole numbers from {int.MinValue} to {int.MaxValue} are taken"
                : $"'{text}' is not whole numbers joined by x, as 2 or 2x1");

    /// <summary>Whether a text is a whole number, however large.</summary>
    internal static bool IsWhole(string text) =>
        BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
}
