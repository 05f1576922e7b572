using Upstride.Bench.Problems;

namespace Upstride.Bench.Measuring;

/// <summary>A library that takes part.</summary>
internal interface IContender
{
    /// <summary>The name in the tables and in the JSON file.</summary>
    string Name { get; }

    /// <summary>Whether it is limited to NCHW in and out; otherwise it chooses its layouts and nobody counts the reorders.</summary>
    bool SameContract => true;

    /// <summary>Whether its code is still being compiled while it runs the first time: .NET's tiers.</summary>
    bool CompilesWhileRunning => false;

    /// <summary>Prepares a workload: everything that need not be done again for each run.</summary>
    /// <param name="workload">Sizes and operands.</param>
    /// <param name="refusal">Why there is no result: the library does not offer the operation, or refused the sizes.</param>
    IRunnable? TryCreate(Workload workload, out string? refusal);
}

/// <summary>A prepared workload.</summary>
internal interface IRunnable : IDisposable
{
    /// <summary>Computes the output once.</summary>
    void Run();

    /// <summary>The result of the last run in NCHW (the weight's gradient in the weight's order).</summary>
    ReadOnlySpan<float> Output { get; }

    /// <summary>Scratch memory of a run beyond operands, weights and output, in bytes; null where the library does not say.</summary>
    long? WorkspaceBytes { get; }

    /// <summary>What the library says it does.</summary>
    string Algorithm { get; }

    /// <summary>What preparing cost the library, where the bench itself did more than that; null: as long as it took.</summary>
    double? PreparationMilliseconds => null;

    /// <summary>
    /// What preparing takes once its code is compiled, in milliseconds: the least of several times; null where it is not asked.
    /// </summary>
    double? TimedPreparation(Clock clock) => null;

    /// <summary>One run, in milliseconds.</summary>
    double TimedRun(Clock clock)
    {
        var start = clock.Now();
        Run();
        return clock.Now() - start;
    }
}
