using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>
/// What may be asked of an algorithm before a plan is made: its name, whether it takes a problem, and what that would cost.
/// </summary>
public sealed class AlgorithmInfo
{
    private readonly IAlgorithm _algorithm;

    internal AlgorithmInfo(IAlgorithm algorithm) => _algorithm = algorithm;

    /// <summary>
    /// The name for <see cref="ComputeSettings.Algorithm"/>: phases, winograd, taps, planes, rows, strips, point, windows, column,
    /// zero-insertion, matrix, scatter.
    /// </summary>
    public string Name => _algorithm.Name;

    /// <summary>Why it cannot compute this, or is not worth planning for it where no name is asked for; null where it takes it.</summary>
    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">The tensors' element type; default float.</param>
    /// <param name="settings">Threads, memory and the like.</param>
    public string? Refusal(ConvTransposeGeometry geometry, Pass pass = Pass.Forward, Type? element = null,
        ComputeSettings? settings = null) =>
        _algorithm.Refusal(AlgorithmList.Problem(geometry, pass, element, settings));

    /// <summary>Cycles that one run is expected to take on one thread: to be compared among algorithms, not with a clock.</summary>
    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">The tensors' element type; default float.</param>
    /// <param name="settings">Threads, memory and the like.</param>
    /// <exception cref="NotSupportedException">It refuses the problem; the message gives its reason.</exception>
    public double EstimateCycles(ConvTransposeGeometry geometry, Pass pass = Pass.Forward, Type? element = null,
        ComputeSettings? settings = null)
    {
        AlgorithmProblem problem = AlgorithmList.Problem(geometry, pass, element, settings);
        return _algorithm.Refusal(problem) is { } reason ? throw AlgorithmTable.Refused(Name, reason) : _algorithm.EstimateCycles(problem);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
