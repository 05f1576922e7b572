using Upstride.Geometry;

namespace Upstride.Bench.Problems;

/// <summary>One thing to time: a problem, and what is computed of it.</summary>
internal sealed record Work(Operation Operation, Problem Problem)
{
    /// <summary>
    /// Reads a line that begins with its operation, as the library's traces write it:
    /// <c>convolution run n1 ci64 co128 g1 i56x56 k3x3 s2x2 d1x1 c1+0x1+0 # 1.3 ms, winograd: ...</c>; what follows a # is left out.
    /// </summary>
    /// <exception cref="FormatException">The line has no such form, or channels last, which no peer is given.</exception>
    /// <exception cref="GeometryException">The sizes are not legal.</exception>
    public static Work Parse(string line)
    {
        var words = line.Split('#')[0].Trim().Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length < 2) throw new FormatException($"'{line}' is no problem: give an operation, a name and sizes");
        var operation = Operations.Named(words[0])
            ?? throw new FormatException(
                $"'{words[0]}' of '{line}' is not an operation: give "
                    + string.Join(", ", Enum.GetValues<Operation>().Select(o => o.Name())));
        var work = new Work(operation, Problem.Parse(words[1], operation is Operation.Convolution));
        return work.Problem.Geometry.Layout is Layout.ChannelsFirst ? work
            : throw new FormatException($"'{line}' has its channels last (nhwc), and contenders are given channels first: leave nhwc out");
    }

    /// <summary>The lines of a file, comments and blank lines left out.</summary>
    /// <exception cref="FormatException">A line is no problem.</exception>
    public static IReadOnlyList<Work> ReadFile(string path) =>
        [.. File.ReadLines(path).Where(l => l.Trim() is { Length: > 0 } line && line[0] != '#').Select(Parse)];

    /// <summary>The same tensors, and what a training step computes of them in place of the forward pass.</summary>
    public Work As(Operation operation) => operation switch
    {
        Operation.WeightGradient => this with { Operation = Operation.WeightGradient },
        // A convolution is its adjoint's input gradient, so its own input gradient is its adjoint.
        Operation.InputGradient =>
            this with { Operation = Operation is Operation.Convolution ? Operation.Forward : Operation.InputGradient },
        _ => this,
    };
}
