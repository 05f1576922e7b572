using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary><c>Size</c>: the number of elements.</summary>
internal sealed class SizeOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [AsConstant(inputs).Type];

    public override OnnxTensor AsConstant(NodeInputs inputs) => OnnxTensor.Create([(long)inputs.Shape(0).Count]);

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        throw new InvalidOperationException("a size is known before anything is computed");
}
