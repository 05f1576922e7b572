using System.Globalization;

namespace Upstride.Cli;

/// <summary>Numbers with what they count: <c>1 zero</c>, <c>2 zeros</c>.</summary>
internal static class Count
{
    /// <summary>The number and the noun, with an s where it is not one.</summary>
    public static string Of(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
