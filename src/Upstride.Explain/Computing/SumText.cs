using System.Collections.Immutable;

namespace Upstride.Explain.Computing;

/// <summary>Writes the sum of an output element in symbols and in numbers.</summary>
public static class SumText
{
    private const int MaxTerms = 64;

    /// <summary>In symbols: <c>x[1,1]*w[1,2] + x[1,2]*w[1,0]</c>.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="channels">Whether more than one input channel takes part, so that each is named.</param>
    public static string Symbols(OutputSum sum, bool channels = false)
    {
        ArgumentNullException.ThrowIfNull(sum);
        return Join(sum, term => $"x{Index(term.Channel, term.Input, channels)}*w{Index(term.Channel, term.Tap, channels)}", "bias");
    }

    /// <summary>In numbers: <c>5*6 + 6*4</c>.</summary>
    public static string Numbers(OutputSum sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        return Join(sum, static term => $"{Numeral.Factor(term.InputValue)}*{Numeral.Factor(term.WeightValue)}", Numeral.Factor(sum.Bias));
    }

    /// <summary>The products: <c>30 + 24</c>.</summary>
    public static string Products(OutputSum sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        return Join(sum, static term => Numeral.Factor(term.Product), Numeral.Factor(sum.Bias));
    }

    /// <summary>The whole line: <c>y[2,3] = x[1,1]*w[1,2] + x[1,2]*w[1,0] = 5*6 + 6*4 = 54</c>.</summary>
    public static string Line(OutputSum sum, bool channels = false, bool numbers = true)
    {
        ArgumentNullException.ThrowIfNull(sum);
        string head = $"y{Numeral.Position(sum.Position)} = {Symbols(sum, channels)}";
        return numbers ? $"{head} = {Numbers(sum)} = {Numeral.Of(sum.Sum)}" : head;
    }

    private static string Join(OutputSum sum, Func<Term, string> text, string bias)
    {
        IEnumerable<string> parts = sum.Terms.Take(MaxTerms).Select(text);
        if (sum.Terms.Length > MaxTerms) parts = parts.Append($"... ({sum.Terms.Length - MaxTerms} more)");
        if (sum.Bias != 0) parts = parts.Append(bias);
        string joined = string.Join(" + ", parts);
        return joined.Length == 0 ? "0" : joined;
    }

    private static string Index(int channel, ImmutableArray<int> position, bool channels) =>
        channels ? $"[{channel}:{string.Join(',', position)}]" : Numeral.Position(position);
}
