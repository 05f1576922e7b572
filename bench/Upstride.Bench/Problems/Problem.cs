using Upstride.Geometry;

namespace Upstride.Bench.Problems;

/// <summary>
/// One line of a shape file. The four operations work on the same three tensors, tied by fine = coarse * stride +
/// tap * dilation - padding: a transposed convolution goes from the coarse grid to the fine one, a convolution back.
/// </summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Geometry">The transposed convolution; where the line is a convolution, that convolution's adjoint.</param>
internal sealed record Problem(string Name, ConvTransposeGeometry Geometry)
{
    /// <summary>Number of samples.</summary>
    public int Batch => Geometry.Batch;

    /// <summary>Channels of the coarse tensor [batch, coarse channels, coarse...].</summary>
    public int CoarseChannels => Geometry.InputChannels;

    /// <summary>Channels of the fine tensor [batch, fine channels, fine...].</summary>
    public int FineChannels => Geometry.OutputChannels;

    /// <summary>Groups of channels; the weight is [coarse channels, fine channels / groups, kernel...].</summary>
    public int Groups => Geometry.Groups;

    /// <summary>Coarse grid, one size per axis: the transposed convolution's input, the convolution's output.</summary>
    public int[] Coarse { get; } = [.. Geometry.Axes.Select(a => a.Input)];

    /// <summary>Fine grid, one size per axis.</summary>
    public int[] Fine { get; } = [.. Geometry.Axes.Select(a => a.Output)];

    /// <summary>Taps per axis.</summary>
    public int[] Kernel { get; } = [.. Geometry.Axes.Select(a => a.Kernel)];

    /// <summary>Stride per axis.</summary>
    public int[] Stride { get; } = [.. Geometry.Axes.Select(a => a.Stride)];

    /// <summary>Padding at both ends per axis, as PyTorch means it.</summary>
    public int[] Padding { get; } = [.. Geometry.Axes.Select(a => a.Head)];

    /// <summary>
    /// Padding at the end per axis that fits exactly: less by the output padding, or by what a convolution leaves unread.
    /// </summary>
    public int[] PaddingTail { get; } = [.. Geometry.Axes.Select(a => a.Tail)];

    /// <summary>Output padding per axis, as PyTorch means it.</summary>
    public int[] OutputPadding { get; } = [.. Geometry.Axes.Select(a => a.Head - a.Tail)];

    /// <summary>Dilation per axis, 1 for neighbouring taps.</summary>
    public int[] Dilation { get; } = [.. Geometry.Axes.Select(a => a.Dilation)];

    /// <summary>
    /// Whether the same padding at both ends gives these sizes, a transposed convolution's with output padding: what some peers know alone.
    /// </summary>
    public bool IsPaddedAlike =>
        Geometry.Axes.All(a => a.Head >= 0 && a.Head - a.Tail >= 0 && a.Head - a.Tail < Math.Max(a.Stride, a.Dilation));

    /// <summary>Number of spatial axes, 1 to 3.</summary>
    public int Rank => Coarse.Length;

    /// <summary>Twice the multiply-adds of the definition, whatever an algorithm saves.</summary>
    public double Flops => 2.0 * Geometry.MultiplyAdds;

    /// <summary>The problems of a shape file: its lines, comments and blank lines left out.</summary>
    /// <exception cref="FormatException">A line does not have the form of the header.</exception>
    public static IReadOnlyList<Problem> ReadFile(string path, bool convolution) =>
        [.. File.ReadLines(path).Where(l => l.Trim() is { Length: > 0 } line && line[0] != '#').Select(l => Parse(l, convolution))];

    /// <summary>The problem in one line, sizes joined by x.</summary>
    public string Describe(Operation operation)
    {
        static string Join(int[] sizes) => string.Join('x', sizes);
        var (from, to) = operation is Operation.Forward ? (CoarseChannels, FineChannels) : (FineChannels, CoarseChannels);
        var (grid, result) = operation is Operation.Forward ? (Coarse, Fine) : (Fine, Coarse);
        var channels = operation is Operation.WeightGradient ? $"{CoarseChannels}|{FineChannels}" : $"{from}->{to}";
        return $"n{Batch} {channels} g{Groups} {Join(grid)}->{Join(result)} k{Join(Kernel)} s{Join(Stride)}" +
            (IsPaddedAlike ? $" p{Join(Padding)} o{Join(OutputPadding)}"
                : $" c{string.Join('x', Geometry.Axes.Select(a => $"{a.Head}+{a.Tail}"))}") + $" d{Join(Dilation)}";
    }

    /// <summary>
    /// Reads one line; a convolution's has the same keys, i being the convolution's input: its axes are the adjoint's.
    /// </summary>
    /// <exception cref="FormatException">The line does not have the form of the header.</exception>
    public static Problem Parse(string line, bool convolution)
    {
        if (convolution)
        {
            var (named, forward) = ConvTransposeGeometry.ParseConvolution(line);
            return new(named, forward.Adjoint);
        }

        var (name, geometry) = ConvTransposeGeometry.ParseProblem(line);
        return new(name, geometry);
    }
}
