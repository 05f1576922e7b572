using System.Collections.Concurrent;
using Upstride.Algorithms.Winograd;

namespace Upstride.Algorithms;

/// <summary>
/// What the estimates chose for problems under one set of settings, so that another process need not estimate them again. Wherever they
/// come from, they make no wrong result: only a fast algorithm that takes the problem is followed. Safe for use by several threads at once.
/// </summary>
internal sealed class AlgorithmChoices
{
    /// <summary>Problems that are kept, at most.</summary>
    public const int MaximalCount = 4096;

    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>Each problem, the separator and the name of its algorithm, in one order.</summary>
    public IEnumerable<string> Lines(string separator) =>
        _names.Keys.Order(StringComparer.Ordinal).Select(problem => $"{problem}{separator}{_names[problem]}");

    /// <summary>Takes over a choice that was kept.</summary>
    /// <returns>Whether an algorithm of that name may be chosen.</returns>
    public bool TryAdd(string problem, string name) =>
        AlgorithmTable.FastNamed(name) is not null && _names.Count < MaximalCount && _names.TryAdd(problem, name);

    /// <summary>Keeps what the estimates chose.</summary>
    public void Add(AlgorithmProblem problem, IAlgorithm algorithm)
    {
        if (Tuning.Holds(problem)) TryAdd(Tuning.KeyOf(problem), algorithm.Name);
    }

    /// <summary>The algorithm that was chosen for a problem; null where none is known that takes it.</summary>
    public IAlgorithm? Find(AlgorithmProblem problem) =>
        Tuning.Holds(problem) && _names.TryGetValue(Tuning.KeyOf(problem), out string? name)
        && AlgorithmTable.FastNamed(name) is { } known && (known is not WinogradAlgorithm || problem.Settings.AllowWinograd)
        && known.Refusal(problem) is null ? known : null;

    /// <summary>Forgets all.</summary>
    public void Clear() => _names.Clear();
}
