using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>How a computation may use the machine. Immutable; there is no global state beside it.</summary>
public sealed record ComputeSettings
{
    /// <summary>All processors, no limit on memory.</summary>
    public static ComputeSettings Default { get; } = new();

    /// <summary>Threads that one run may use, the caller's included; the result is the same, bit for bit, for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes of workspace that one run may use; a plan that would need more is not made. The default is no limit.</summary>
    public long MaximalWorkspaceBytes { get; init; } = long.MaxValue;

    /// <summary>The name of the only algorithm to use; null leaves the choice to the list.</summary>
    public string? Algorithm { get; init; }

    /// <summary>
    /// Whether Winograd's algorithm may be chosen. It sums fewer products of transformed values, so its results differ from the others' in
    /// the last digits: by about a digit in single precision with its largest tiles.
    /// </summary>
    public bool AllowWinograd { get; init; } = true;

    /// <summary>Where plans take their workspace from while they run; null gives each its own.</summary>
    public WorkspacePool? Workspaces { get; init; }

    /// <summary>The vectors that kernels use; a test forces less than the machine has.</summary>
    internal SimdWidth Width { get; init; } = Simd.Widest;
}
