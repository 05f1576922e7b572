using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary>An operator whose output is its input 0 under another shape: nothing is moved.</summary>
internal abstract class ViewOperator : Operator
{
    public sealed override bool IsView => true;

    /// <summary>Never asked for.</summary>
    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        throw new InvalidOperationException("a view computes nothing");
}
