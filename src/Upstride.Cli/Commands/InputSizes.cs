using Upstride.Geometry;

namespace Upstride.Cli.Commands;

/// <summary>The input's sizes as they are typed: numbers, or <c>i</c> for sizes in symbols.</summary>
/// <param name="Sizes">The sizes; empty for i.</param>
/// <param name="IsSymbol">Whether i was typed.</param>
internal readonly record struct InputSizes(PerAxis Sizes, bool IsSymbol)
{
    /// <summary>Reads what was typed.</summary>
    /// <exception cref="FormatException">Neither numbers nor i.</exception>
    public static InputSizes Parse(string text) =>
        text is "i" ? new(default, IsSymbol: true) : new(AxisNumbers.ParsePerAxis(text), IsSymbol: false);
}
