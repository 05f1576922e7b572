using System.Globalization;

namespace Upstride.Bench.Problems;

/// <summary>
/// One line of a shape file. The four operations work on the same three tensors, tied by fine = coarse * stride +
/// tap * dilation - padding: a transposed convolution goes from the coarse grid to the fine one, a convolution back.
/// </summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Batch">Number of samples.</param>
/// <param name="CoarseChannels">Channels of the coarse tensor [batch, coarse channels, coarse...].</param>
/// <param name="FineChannels">Channels of the fine tensor [batch, fine channels, fine...].</param>
/// <param name="Groups">Groups of channels; the weight is [coarse channels, fine channels / groups, kernel...].</param>
/// <param name="Coarse">Coarse grid, one size per axis: the transposed convolution's input, the convolution's output.</param>
/// <param name="Fine">Fine grid, one size per axis.</param>
/// <param name="Kernel">Taps per axis.</param>
/// <param name="Stride">Stride per axis.</param>
/// <param name="Padding">Padding at both ends per axis, as PyTorch means it.</param>
/// <param name="OutputPadding">Output padding per axis, as PyTorch means it; zero for a convolution.</param>
/// <param name="Dilation">Dilation per axis, 1 for neighbouring taps.</param>
internal sealed record Problem(
    string Name, int Batch, int CoarseChannels, int FineChannels, int Groups,
    int[] Coarse, int[] Fine, int[] Kernel, int[] Stride, int[] Padding, int[] OutputPadding, int[] Dilation)
{
    /// <summary>Number of spatial axes, 1 to 3.</summary>
    public int Rank => Coarse.Length;

    /// <summary>Elements of the coarse tensor.</summary>
    public long CoarseLength => (long)Batch * CoarseChannels * Product(Coarse);

    /// <summary>Elements of the fine tensor.</summary>
    public long FineLength => (long)Batch * FineChannels * Product(Fine);

    /// <summary>Elements of the weight.</summary>
    public long WeightLength => (long)CoarseChannels * (FineChannels / Groups) * Product(Kernel);

    /// <summary>Twice the multiply-adds of the definition, whatever an algorithm saves.</summary>
    public double Flops => 2.0 * CoarseLength * (FineChannels / Groups) * Product(Kernel);

    /// <summary>The problems of a shape file: its lines, comments and blank lines left out.</summary>
    /// <exception cref="FormatException">A line does not have the form of the header.</exception>
    public static IReadOnlyList<Problem> ReadFile(string path, bool convolution) =>
        [.. File.ReadLines(path).Where(l => l.Trim() is { Length: > 0 } line && line[0] != '#').Select(l => Parse(l, convolution))];

    /// <summary>One problem from one line.</summary>
    /// <exception cref="FormatException">The line lacks a key, or the sizes leave no output.</exception>
    public static Problem Parse(string line, bool convolution)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int[] Axes(string key)
        {
            foreach (var word in words.AsSpan(1))
                if (word.StartsWith(key, StringComparison.Ordinal) && word.Length > key.Length && char.IsAsciiDigit(word[key.Length]))
                    return [.. word[key.Length..].Split('x').Select(v => int.Parse(v, CultureInfo.InvariantCulture))];
            throw new FormatException($"'{line}' has no '{key}': a problem is name, n, ci, co, g, i, k, s, p, o, d");
        }

        int batch = Axes("n")[0], inputs = Axes("ci")[0], outputs = Axes("co")[0], groups = Axes("g")[0];
        int[] input = Axes("i"), kernel = Axes("k"), stride = Axes("s"), padding = Axes("p"), extra = Axes("o"), dilation = Axes("d");
        var other = new int[input.Length];
        for (var a = 0; a < other.Length; a++)
        {
            var extent = (kernel[a] - 1) * dilation[a] + 1;
            other[a] = convolution
                ? (input[a] + 2 * padding[a] - extent) / stride[a] + 1
                : (input[a] - 1) * stride[a] - 2 * padding[a] + extent + extra[a];
            if (other[a] < 1)
                throw new FormatException($"'{line}' leaves axis {a} an output of {other[a]} elements; it must be at least 1");
        }

        return convolution
            ? new(words[0], batch, outputs, inputs, groups, other, input, kernel, stride, padding, extra, dilation)
            : new(words[0], batch, inputs, outputs, groups, input, other, kernel, stride, padding, extra, dilation);
    }

    /// <summary>The problem in one line, sizes joined by x.</summary>
    public string Describe(Operation operation)
    {
        static string Join(int[] sizes) => string.Join('x', sizes);
        var (from, to) = operation is Operation.Forward ? (CoarseChannels, FineChannels) : (FineChannels, CoarseChannels);
        var (grid, result) = operation is Operation.Forward ? (Coarse, Fine) : (Fine, Coarse);
        var channels = operation is Operation.WeightGradient ? $"{CoarseChannels}|{FineChannels}" : $"{from}->{to}";
        return $"n{Batch} {channels} g{Groups} {Join(grid)}->{Join(result)} k{Join(Kernel)} s{Join(Stride)}" +
            $" p{Join(Padding)} o{Join(OutputPadding)} d{Join(Dilation)}";
    }

    /// <summary>The product of the sizes.</summary>
    public static long Product(ReadOnlySpan<int> sizes)
    {
        long product = 1;
        foreach (var size in sizes) product *= size;
        return product;
    }
}
