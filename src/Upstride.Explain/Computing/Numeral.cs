using System.Globalization;

namespace Upstride.Explain.Computing;

/// <summary>How numbers are written everywhere: integers whole, others to three digits, always with a point.</summary>
public static class Numeral
{
    /// <summary>The text of a number.</summary>
    public static string Of(double value) =>
        double.IsInteger(value) && Math.Abs(value) < 1e15 ? (value == 0 ? "0" : value.ToString("F0", CultureInfo.InvariantCulture))
        : Math.Abs(value) is >= 0.001 and < 1e6 ? Rounded(value)
        : value.ToString("0.##E0", CultureInfo.InvariantCulture);

    /// <summary>A number as a factor or summand: negative ones in parentheses.</summary>
    public static string Factor(double value) => value < 0 ? $"({Of(value)})" : Of(value);

    /// <summary>A position: <c>[2,3]</c>.</summary>
    public static string Position(IEnumerable<int> position)
    {
        ArgumentNullException.ThrowIfNull(position);
        return $"[{string.Join(',', position)}]";
    }

    /// <summary>Decibels with one decimal.</summary>
    public static string Decibels(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Rounded(double value)
    {
        // Three digits that count: 0.0123, 0.123, 1.23, 12.3, 123.
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        return value.ToString("0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }
}
