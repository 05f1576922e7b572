using System.Globalization;

namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// Reads a problem of one line, as tests and benchmarks share them:
    /// <c>name n16 ci512 co256 g1 i4x4 k4x4 s2x2 p1x1 o0x0 d1x1</c>, with PyTorch's padding (p) and output padding (o).
    /// </summary>
    /// <exception cref="FormatException">A field is missing, unknown or not a number.</exception>
    /// <exception cref="GeometryException">The sizes are not legal.</exception>
    public static (string Name, ConvTransposeGeometry Geometry) ParseProblem(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0) throw new FormatException("the line is empty: a problem begins with its name");
        var fields = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (string word in words.AsSpan(1))
        {
            int digits = word.AsSpan().IndexOfAnyInRange('0', '9');
            string key = digits > 0 ? word[..digits] : word;
            if (digits < 1 || key is not ("n" or "ci" or "co" or "g" or "i" or "k" or "s" or "p" or "o" or "d"))
                throw new FormatException(
                    $"'{word}' of problem '{words[0]}' is not one of n, ci, co, g, i, k, s, p, o, d followed by a number");
            string[] numbers = word[digits..].Split('x');
            fields[key] =
                Array.ConvertAll(numbers, number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                ? value
                : throw new FormatException($"'{number}' in '{word}' of problem '{words[0]}' is not a number"));
        }

        int[] Field(string key, int? fallback = null) =>
            fields.TryGetValue(key, out int[]? values) ? values
            : fallback is { } value ? [value]
            : throw new FormatException($"problem '{words[0]}' has no field {key}");

        int[] input = Field("i");
        int rank = input.Length;
        System.Collections.Immutable.ImmutableArray<int> Axis(string key, string parameter, int? fallback = null) =>
            PerAxis.Create(Field(key, fallback)).Expand(rank, parameter);
        var kernel = Axis("k", "kernel");
        var stride = Axis("s", "stride", 1);
        var padding = Axis("p", "padding", 0);
        var outputPadding = Axis("o", "outputPadding", 0);
        var dilation = Axis("d", "dilation", 1);
        var axes = new ConvTransposeAxis[rank];
        for (int a = 0; a < rank; a++)
            axes[a] = ConvTransposeAxis.Create(input[a], kernel[a], stride[a], dilation[a], padding[a],
                (long)padding[a] - outputPadding[a]);
        return (words[0], Create(Field("n", 1)[0], Field("ci")[0], Field("co")[0], Field("g", 1)[0], axes));
    }

    /// <summary>
    /// The problem in one line: <c>n16 ci512 co256 g1 i4x4 k4x4 s2x2 d1x1</c>, then the crops as <c>c1+1x1+1</c> (head+tail), and
    /// <c>nhwc</c> where the channels come last.
    /// </summary>
    public override string ToString()
    {
        string Join(Func<ConvTransposeAxis, string> text) => string.Join('x', Axes.Select(text));
        return $"n{Batch} ci{InputChannels} co{OutputChannels} g{Groups} i{Join(a => $"{a.Input}")} k{Join(a => $"{a.Kernel}")} "
            + $"s{Join(a => $"{a.Stride}")} d{Join(a => $"{a.Dilation}")} "
            + $"c{Join(a => $"{a.Head}+{a.Tail}")}{(Layout == Layout.ChannelsLast ? " nhwc" : "")}";
    }
}
