using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>How a computation may use the machine. Immutable; there is no global state beside it.</summary>
public sealed record ComputeSettings
{
    /// <summary>All processors, no limit on memory.</summary>
    public static ComputeSettings Default { get; } = new();

    /// <summary>
    /// Threads that one run may use, the caller's included; what takes some microseconds uses fewer. The result is the same, bit for bit,
    /// for any number.
    /// </summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes of workspace that one run may use; a plan that would need more is not made. The default is no limit.</summary>
    public long MaximalWorkspaceBytes { get; init; } = long.MaxValue;

    /// <summary>The name of the only algorithm to use; null leaves the choice to the list.</summary>
    public string? Algorithm { get; init; }

    /// <summary>
    /// The algorithms that were measured to be the fastest of some problems, which a plan follows where <see cref="Algorithm"/> names none;
    /// null, which is the default, leaves the choice to the estimates. It decides on the last bits of results, as another algorithm does:
    /// what must be the same elsewhere is computed with the same tuning, or with none. Not asked where
    /// <see cref="PositionIndependent"/> lets kernel and channels choose.
    /// </summary>
    public Tuning? Tuning { get; init; }

    /// <summary>
    /// Whether Winograd's algorithm may be chosen. It sums fewer products of transformed values, so its results differ from the others' in
    /// the last digits: by about a digit in single precision with its largest tiles.
    /// </summary>
    public bool AllowWinograd { get; init; } = true;

    /// <summary>
    /// Whether each output's bits follow from the inputs that it depends on, whatever the sizes of the tensors: kernel and channels alone
    /// choose the algorithm, so that a part of the output comes out as it does in the whole. Where Winograd's algorithm is chosen, a part
    /// begins at a multiple of its tile's outputs (of a transposed convolution, <c>output + head</c> is a multiple of them times the
    /// stride), is whole tiles but at the output's end, and has what these read. Costs some speed where the sizes would speak
    /// for another algorithm. The gradient by the weights is chosen as ever.
    /// </summary>
    public bool PositionIndependent { get; init; }

    /// <summary>
    /// Whether a plan's weights are others at each run, as in training: packing them then counts when its algorithm is chosen. The default
    /// is that they stay.
    /// </summary>
    public bool WeightsChange { get; init; }

    /// <summary>Where plans take their workspace from while they run; null gives each its own.</summary>
    public WorkspacePool? Workspaces { get; init; }

    /// <summary>
    /// Told of every run of a plan when it has ended, on the thread that asked for it; null for none. Runs then allocate.
    /// </summary>
    public Action<ProblemRun>? Trace { get; init; }

    /// <summary>What the estimates chose in an earlier process, and what they choose now; null keeps nothing.</summary>
    internal AlgorithmChoices? Choices { get; init; }

    /// <summary>
    /// Cycles of work that a thread is worth waking for: about three times as many as that takes. A test of threads asks for less.
    /// </summary>
    internal double CyclesPerThread { get; init; } = 30_000;

    /// <summary>The vectors that kernels use; a test forces less than the machine has.</summary>
    internal SimdWidth Width { get; init; } = Simd.Widest;

    /// <summary>Threads for a run that takes so many cycles on one.</summary>
    internal int ThreadsFor(double cycles) => (int)Math.Clamp(cycles / CyclesPerThread, 1, Threads);
}
