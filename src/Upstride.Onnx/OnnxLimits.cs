namespace Upstride.Onnx;

/// <summary>
/// What one run of a model may cost. Memory and operations are found from the sizes when a plan is made for the input's shapes; a model
/// beyond them is refused with its numbers before it runs. Of a model whose sizes come out as it runs they are counted over its stages, and
/// each is refused before it runs. While a file is read, nothing is allocated beyond what the file's own length
/// justifies.
/// </summary>
public sealed record OnnxLimits
{
    /// <summary>4 GiB, 10^15 operations, 10^7 turns of a loop.</summary>
    public static OnnxLimits Default { get; } = new();

    /// <summary>
    /// Bytes that a run may have at once: the tensors between the nodes, the outputs, the weights in the form that they are computed by,
    /// and the workspace of the node that needs most.
    /// </summary>
    public long MaximalMemory { get; init; } = 4L << 30;

    /// <summary>
    /// Floating-point operations of a run by the definition, a multiplication and an addition being two: a core does between 10^9 and 10^11
    /// a second.
    /// </summary>
    public long MaximalOperations { get; init; } = 1_000_000_000_000_000;

    /// <summary>Turns of a <c>Loop</c> whose number is known only as it runs.</summary>
    public long MaximalIterations { get; init; } = 10_000_000;
}
