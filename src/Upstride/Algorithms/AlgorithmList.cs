using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>The algorithms, best first; the last refuses nothing.</summary>
public static class AlgorithmList
{
    /// <summary>Every algorithm: the fast ones, then those that are here to be understood and compared, then the reference.</summary>
    public static ImmutableArray<IAlgorithm> All { get; } =
        [new WinogradAlgorithm(), new Phases(), new Planes(), new PointInput(), new Column(), new ZeroInsertion(), new MatrixAlgorithm(), new Scatter()];

    /// <summary>The algorithm of a name.</summary>
    /// <exception cref="ArgumentException">No algorithm has it; the message lists those there are.</exception>
    public static IAlgorithm Named(string name) =>
        All.FirstOrDefault(algorithm => string.Equals(algorithm.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException($"algorithm = '{name}' is not one of {string.Join(", ", All.Select(static algorithm => algorithm.Name))}", nameof(name));

    /// <summary>Why an algorithm is not to be considered: its own reason, or the settings'; null where it is.</summary>
    public static string? Refusal<T>(IAlgorithm algorithm, ConvTransposeGeometry geometry, Pass pass, ComputeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        ArgumentNullException.ThrowIfNull(settings);
        return algorithm is WinogradAlgorithm && !settings.AllowWinograd ? "settings.AllowWinograd is false" : algorithm.Refusal(geometry, pass, typeof(T));
    }

    /// <summary>Of the algorithms that take the problem the one with the lowest estimate, or the one that the settings name.</summary>
    /// <exception cref="NotSupportedException">The settings name an algorithm that refuses; the message gives its reason.</exception>
    public static IAlgorithm Choose<T>(ConvTransposeGeometry geometry, Pass pass, ComputeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Algorithm is not { } name)
        {
            return All.Where(algorithm => Refusal<T>(algorithm, geometry, pass, settings) is null)
                .MinBy(algorithm => algorithm.EstimateCycles(geometry, pass, typeof(T), settings))!;
        }
        IAlgorithm named = Named(name);
        return Refusal<T>(named, geometry, pass, settings) is { } reason
            ? throw new NotSupportedException($"algorithm {name} cannot compute this: {reason}")
            : named;
    }
}
