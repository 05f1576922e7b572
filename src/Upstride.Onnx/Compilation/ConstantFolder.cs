using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>Computes one node from constants, in memory of its own.</summary>
internal static class ConstantFolder
{
    /// <summary>
    /// The outputs of a node all of whose inputs are constants; null where it needs more scratch memory than
    /// <paramref name="workspace"/> bytes.
    /// </summary>
    public static OnnxTensor[]? Compute(GraphNode node, NodeInputs operands, ImmutableArray<TensorType> types, ComputeSettings settings,
        long workspace)
    {
        using PreparedNode computation = OutputRounding.After(node.Operator.Prepare(operands, types, settings), types);
        if (computation.WorkspaceBytes > workspace) return null;
        OnnxTensor[] outputs = [.. types.Select(static type => new OnnxTensor(type, type.NewArray()))];
        computation.Run(new(new NodeTensors([.. node.Inputs.Select(static input => input?.Constant)], outputs), 0,
            CancellationToken.None));
        return outputs;
    }
}
