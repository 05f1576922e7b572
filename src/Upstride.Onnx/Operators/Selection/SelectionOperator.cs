using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// An operator the sizes of whose outputs come out of the elements of its inputs. Where these are constants it is a node like any other;
/// where they are computed as the model runs, it stands between two stages: the sizes that it gives are the shapes of the next one.
/// </summary>
internal abstract class SelectionOperator : Operator
{
    /// <exception cref="ValueNeededException">Elements that it selects by are not known.</exception>
    public sealed override ImmutableArray<TensorType> Infer(NodeInputs inputs) => Select(inputs, SelectionLimits.None).Types;

    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        new(Select(inputs, SelectionLimits.None).Write);

    /// <summary>What it needs made ready before it selects between two stages; ends with the stage.</summary>
    /// <param name="settings">Threads and memory.</param>
    public virtual PreparedSelection PrepareSelection(ComputeSettings settings) => new(Select);

    /// <summary>Selects.</summary>
    /// <param name="inputs">With the elements of all inputs as their constants.</param>
    /// <param name="limits">What that may take.</param>
    protected abstract Selected Select(NodeInputs inputs, SelectionLimits limits);
}

/// <summary>A <see cref="SelectionOperator"/> made ready; called from many threads at once.</summary>
/// <param name="Select">Selects, as <see cref="SelectionOperator"/> says.</param>
internal sealed record PreparedSelection(Func<NodeInputs, SelectionLimits, Selected> Select) : IDisposable
{
    /// <summary>Bytes of scratch memory beside the inputs and outputs, where they are known before.</summary>
    public long WorkspaceBytes { get; init; }

    /// <summary>Bytes of weights in the form the computation reads them.</summary>
    public long WeightBytes { get; init; }

    /// <summary>What ends with it.</summary>
    public IDisposable? Owned { get; init; }

    public void Dispose() => Owned?.Dispose();
}

/// <summary>What was selected.</summary>
/// <param name="Types">The types of the outputs, one for each that the operator defines.</param>
/// <param name="Write">Writes those outputs that the node names.</param>
internal readonly record struct Selected(ImmutableArray<TensorType> Types, NodeBody Write);

/// <summary>What a selection may take.</summary>
/// <param name="Memory">Bytes that are left for it.</param>
/// <param name="CancellationToken">Ends it.</param>
internal readonly record struct SelectionLimits(long Memory, CancellationToken CancellationToken)
{
    /// <summary>All that there is.</summary>
    public static SelectionLimits None => new(long.MaxValue, CancellationToken.None);

    /// <summary>That so many bytes may be taken.</summary>
    /// <exception cref="OnnxUnsupportedException">There are fewer.</exception>
    public void Require(long bytes)
    {
        if (bytes > Memory)
            throw new OnnxUnsupportedException($"what it selects takes {bytes} bytes or more, and {Memory} are left of "
                + "settings.Limits.MaximalMemory: allow more, or let it select less");
    }
}
