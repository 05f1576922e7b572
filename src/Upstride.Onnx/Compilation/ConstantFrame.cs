using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>Computes one node from constants, in arrays of its own.</summary>
internal sealed class ConstantFrame : IFrameMemory
{
    private readonly OnnxTensor?[] _inputs;
    private readonly Array[] _outputs;

    private ConstantFrame(OnnxTensor?[] inputs, Array[] outputs) => (_inputs, _outputs) = (inputs, outputs);

    /// <summary>The outputs of a node all of whose inputs are constants.</summary>
    public static OnnxTensor[] Compute(GraphNode node, Operands operands, ImmutableArray<TensorType> types, ComputeSettings settings)
    {
        using Computation computation = node.Operator.Prepare(operands, types, settings);
        Array[] outputs = [.. types.Select(static type => type.NewArray())];
        computation.Run(new(new ConstantFrame([.. node.Inputs.Select(static input => input?.Constant)], outputs), 0, CancellationToken.None));
        return [.. types.Zip(outputs, static (type, elements) => new OnnxTensor(type, elements))];
    }

    public ReadOnlySpan<T> Input<T>(int node, int index) where T : unmanaged =>
        index < _inputs.Length && _inputs[index] is { } input ? input.Elements<T>() : default;

    public Span<T> Output<T>(int node, int index) where T : unmanaged =>
        index < _outputs.Length ? (T[])_outputs[index] : default;
}
