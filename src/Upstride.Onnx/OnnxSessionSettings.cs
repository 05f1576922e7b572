using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation;

namespace Upstride.Onnx;

/// <summary>How a session may use the machine.</summary>
public sealed record OnnxSessionSettings
{
    /// <summary>All processors, 4 GiB a run, plans for 8 sets of input shapes.</summary>
    public static OnnxSessionSettings Default { get; } = new();

    /// <summary>What one run may cost.</summary>
    public OnnxLimits Limits { get; init; } = OnnxLimits.Default;

    /// <summary>
    /// Sets of input shapes for which plans are kept, of each stage of a model whose sizes come out as it runs; the one unused longest
    /// gives way.
    /// </summary>
    public int MaximalPlans { get; init; } = 8;

    /// <summary>Threads and algorithms of the convolutions.</summary>
    public ComputeSettings Compute { get; init; } = ComputeSettings.Default;

    /// <summary>
    /// A file that keeps what plans choose from one process to the next, as <c>model.onnx.plans</c> beside the model; null, which is the
    /// default, for none. It is written when a plan is made that it does not hold, whole or not at all, and not where that is not allowed.
    /// It is of the bytes of the model's file, the version of the library, the width of vectors and the settings: a file of others, or one
    /// that is damaged, is replaced. It names algorithms, and holds nothing that results are computed from: they are the same, bit for bit,
    /// with it and without. Only for models that were read from a file.
    /// </summary>
    public string? CachePath { get; init; }

    /// <summary>What <see cref="CachePath"/> holds; null until a session opens it.</summary>
    internal PlanCache? Plans { get; init; }

    /// <summary>The compiler's passes that are left out; a test compares with and without each.</summary>
    internal ImmutableHashSet<string> SkippedPasses { get; init; } = [];
}
