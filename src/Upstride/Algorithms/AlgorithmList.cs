using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>
/// The algorithms there are, best first: to choose one by name, or to ask which a problem would get and why. Plans run them.
/// </summary>
public static class AlgorithmList
{
    /// <summary>
    /// Every algorithm: the fast ones, then those that are here to be understood and compared, then the reference, which refuses nothing.
    /// </summary>
    public static ImmutableArray<AlgorithmInfo> All { get; } =
        [.. AlgorithmTable.All.Select(static algorithm => new AlgorithmInfo(algorithm))];

    /// <summary>The algorithm of a name.</summary>
    /// <exception cref="ArgumentException">No algorithm has it; the message lists those there are.</exception>
    public static AlgorithmInfo Named(string name) => Of(AlgorithmTable.Named(name));

    /// <summary>
    /// The algorithm that a plan of this problem would use: the cheapest of those that take it, or the one that the settings name.
    /// </summary>
    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">The tensors' element type; default float.</param>
    /// <param name="settings">Threads, memory and the like.</param>
    /// <exception cref="NotSupportedException">The settings name an algorithm that refuses; the message gives its reason.</exception>
    public static AlgorithmInfo Choose(ConvTransposeGeometry geometry, Pass pass = Pass.Forward, Type? element = null,
        ComputeSettings? settings = null) =>
        Of(AlgorithmTable.Choose(Problem(geometry, pass, element, settings)));

    internal static AlgorithmProblem Problem(ConvTransposeGeometry geometry, Pass pass, Type? element, ComputeSettings? settings) =>
        new(geometry, pass, element ?? typeof(float), settings);

    private static AlgorithmInfo Of(IAlgorithm algorithm) => All[AlgorithmTable.All.IndexOf(algorithm)];
}
