using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>The algorithms, best first; the last refuses nothing.</summary>
public static class AlgorithmList
{
    /// <summary>Every algorithm, in the order of preference.</summary>
    public static ImmutableArray<IAlgorithm> All { get; } = [new Phases(), new Column(), new ZeroInsertion(), new MatrixAlgorithm(), new Scatter()];

    /// <summary>The algorithm of a name.</summary>
    /// <exception cref="ArgumentException">No algorithm has it; the message lists those there are.</exception>
    public static IAlgorithm Named(string name) =>
        All.FirstOrDefault(algorithm => string.Equals(algorithm.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException($"algorithm = '{name}' is not one of {string.Join(", ", All.Select(static algorithm => algorithm.Name))}", nameof(name));

    /// <summary>The first algorithm that takes the problem, or the one that the settings name.</summary>
    /// <exception cref="NotSupportedException">The settings name an algorithm that refuses; the message gives its reason.</exception>
    public static IAlgorithm Choose<T>(ConvTransposeGeometry geometry, Pass pass, ComputeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Algorithm is not { } name) return All.First(algorithm => algorithm.Refusal(geometry, pass, typeof(T)) is null);
        IAlgorithm named = Named(name);
        return named.Refusal(geometry, pass, typeof(T)) is { } reason
            ? throw new NotSupportedException($"algorithm {name} cannot compute this: {reason}")
            : named;
    }
}
