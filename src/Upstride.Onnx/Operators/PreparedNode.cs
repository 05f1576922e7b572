namespace Upstride.Onnx.Operators;

/// <summary>
/// Reads the inputs and writes every element of the outputs of one node; called from many threads at once, with a frame each.
/// </summary>
internal delegate void NodeBody(NodeContext frame);

/// <summary>An operator made ready for fixed shapes.</summary>
/// <param name="Run">Computes it.</param>
internal sealed record PreparedNode(NodeBody Run) : IDisposable
{
    /// <summary>How it is computed, where there is a choice.</summary>
    public string Algorithm { get; init; } = "";

    /// <summary>
    /// Floating-point operations of one run, a multiplication and an addition being two; null stands for one per element of the outputs.
    /// </summary>
    public long? Flops { get; init; }

    /// <summary>Bytes of scratch memory of one run beside the inputs and outputs.</summary>
    public long WorkspaceBytes { get; init; }

    /// <summary>Bytes of weights in the form the computation reads them, where that is a copy.</summary>
    public long WeightBytes { get; init; }

    /// <summary>
    /// Whether it holds the constants among its inputs in a form of its own and never reads them through the frame, so that they may be let
    /// go.
    /// </summary>
    public bool HoldsWeights { get; init; }

    /// <summary>What ends with it.</summary>
    public IDisposable? Owned { get; init; }

    public void Dispose() => Owned?.Dispose();
}
