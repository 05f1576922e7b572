using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary>
/// <c>ConstantOfShape</c>: a tensor of the shape of input 0, each element the attribute's, a float32 0 where there is none.
/// </summary>
internal sealed class ConstantOfShapeOperator : Operator
{
    private readonly OnnxTensor _value;

    public ConstantOfShapeOperator(NodeAttributes node)
    {
        _value = node.Tensor("value") ?? OnnxTensor.Create([0f], 1);
        if (_value.Length != 1) throw node.Fault($"attribute value is {_value}, and must be one element");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [_value.Type.WithShape(TensorShape.Of(inputs.Integers(0)))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage switch
    {
        Storage.Float => new(frame => frame.Output<float>(0).Fill(_value.Floats[0])),
        Storage.Integer => new(frame => frame.Output<long>(0).Fill(_value.Integers[0])),
        _ => new(frame => frame.Output<bool>(0).Fill(_value.Booleans[0])),
    };
}
