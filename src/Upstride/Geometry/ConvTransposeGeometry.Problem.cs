using System.Globalization;

namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// Reads a problem of one line, as tests and benchmarks share them:
    /// <c>name n16 ci512 co256 g1 i4x4 k4x4 s2x2 p1x1 o0x0 d1x1</c>, with PyTorch's padding (p) and output padding (o), or in their place
    /// with what is cropped at both ends, as <see cref="ToString"/> writes it: <c>c1+1x1+0</c>; and <c>nhwc</c> where the channels come
    /// last.
    /// </summary>
    /// <exception cref="FormatException">A field is missing, unknown or not a number.</exception>
    /// <exception cref="GeometryException">The sizes are not legal.</exception>
    public static (string Name, ConvTransposeGeometry Geometry) ParseProblem(string line)
    {
        (string name, int batch, int input, int output, int groups, ProblemAxis[] axes, Layout layout) = ReadProblem(line);
        return (name, Create(batch, input, output, groups,
            axes.Select(static a => ConvTransposeAxis.Create(a.Input, a.Kernel, a.Stride, a.Dilation, a.Head, a.Tail))).WithLayout(layout));
    }

    /// <summary>Reads a convolution of one line: the same fields, of its own input, with its padding at both ends.</summary>
    /// <exception cref="FormatException">A field is missing, unknown or not a number.</exception>
    /// <exception cref="GeometryException">The sizes are not legal.</exception>
    internal static (string Name, ConvolutionGeometry Geometry) ParseConvolution(string line)
    {
        (string name, int batch, int input, int output, int groups, ProblemAxis[] axes, Layout layout) = ReadProblem(line);
        return (name, new(Create(batch, output, input, groups,
            axes.Select(static a => ConvTransposeAxis.OfConvolution(a.Input, a.Kernel, a.Stride, a.Dilation, a.Head, a.Tail)))
            .WithLayout(layout)));
    }

    /// <summary>The convolution whose adjoint this is, in one line that <see cref="ParseConvolution"/> reads.</summary>
    internal string ToConvolutionString() => Describe(OutputChannels, InputChannels, static axis => axis.Output);

    private readonly record struct ProblemAxis(int Input, int Kernel, int Stride, int Dilation, long Head, long Tail);

    private static (string Name, int Batch, int Input, int Output, int Groups, ProblemAxis[] Axes, Layout Layout) ReadProblem(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0) throw new FormatException("the line is empty: a problem begins with its name");
        var fields = new Dictionary<string, int[]>(StringComparer.Ordinal);
        (int Head, int Tail)[]? crops = null;
        var layout = Layout.ChannelsFirst;
        foreach (string word in words.AsSpan(1))
        {
            if (word == "nhwc")
            {
                layout = Layout.ChannelsLast;
                continue;
            }
            if (word[0] == 'c' && word.Length > 1 && (char.IsAsciiDigit(word[1]) || word[1] == '-'))
            {
                crops = Array.ConvertAll(word[1..].Split('x'), crop => crop.Split('+') is [var before, var behind]
                    && int.TryParse(before, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int head)
                    && int.TryParse(behind, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int tail)
                    ? (head, tail)
                    : throw new FormatException($"'{crop}' in '{word}' of problem '{words[0]}' is not two numbers with a +"));
                continue;
            }
            int digits = word.AsSpan().IndexOfAnyInRange('0', '9');
            string key = digits > 0 ? word[..digits] : word;
            if (digits < 1 || key is not ("n" or "ci" or "co" or "g" or "i" or "k" or "s" or "p" or "o" or "d"))
                throw new FormatException(
                    $"'{word}' of problem '{words[0]}' is not one of n, ci, co, g, i, k, s, p, o, d, c followed by a number");
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
        if (crops is not null && (fields.ContainsKey("p") || fields.ContainsKey("o")))
            throw new FormatException($"problem '{words[0]}' has crops (c) and padding (p, o): give one of them");
        if (crops is not null && crops.Length != rank)
            throw new FormatException($"problem '{words[0]}' has {crops.Length} crops (c) for {rank} axes");
        var axes = new ProblemAxis[rank];
        for (int a = 0; a < rank; a++)
        {
            (long head, long tail) = crops?[a] ?? (padding[a], (long)padding[a] - outputPadding[a]);
            axes[a] = new(input[a], kernel[a], stride[a], dilation[a], head, tail);
        }
        return (words[0], Field("n", 1)[0], Field("ci")[0], Field("co")[0], Field("g", 1)[0], axes, layout);
    }

    /// <summary>
    /// The problem in one line: <c>n16 ci512 co256 g1 i4x4 k4x4 s2x2 d1x1</c>, then the crops as <c>c1+1x1+1</c> (head+tail), and
    /// <c>nhwc</c> where the channels come last.
    /// </summary>
    public override string ToString() => Describe(InputChannels, OutputChannels, static axis => axis.Input);

    private string Describe(int input, int output, Func<ConvTransposeAxis, int> size)
    {
        string Join(Func<ConvTransposeAxis, string> text) => string.Join('x', Axes.Select(text));
        return $"n{Batch} ci{input} co{output} g{Groups} i{Join(a => $"{size(a)}")} k{Join(a => $"{a.Kernel}")} "
            + $"s{Join(a => $"{a.Stride}")} d{Join(a => $"{a.Dilation}")} "
            + $"c{Join(a => $"{a.Head}+{a.Tail}")}{(Layout == Layout.ChannelsLast ? " nhwc" : "")}";
    }
}
