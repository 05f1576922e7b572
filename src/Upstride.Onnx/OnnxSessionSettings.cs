using System.Collections.Immutable;
using Upstride.Algorithms;

namespace Upstride.Onnx;

/// <summary>How a session may use the machine.</summary>
public sealed record OnnxSessionSettings
{
    /// <summary>All processors, 4 GiB a run, plans for 8 sets of input shapes.</summary>
    public static OnnxSessionSettings Default { get; } = new();

    /// <summary>What one run may cost.</summary>
    public OnnxLimits Limits { get; init; } = OnnxLimits.Default;

    /// <summary>Sets of input shapes for which plans are kept; the one unused longest gives way.</summary>
    public int MaximalPlans { get; init; } = 8;

    /// <summary>Threads and algorithms of the convolutions.</summary>
    public ComputeSettings Compute { get; init; } = ComputeSettings.Default;

    /// <summary>The compiler's passes that are left out; a test compares with and without each.</summary>
    internal ImmutableHashSet<string> SkippedPasses { get; init; } = [];
}
