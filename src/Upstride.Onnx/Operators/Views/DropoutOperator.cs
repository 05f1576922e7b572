using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary><c>Dropout</c> as it is outside training: the input itself, and as output 1 a mask that keeps everything.</summary>
internal sealed class DropoutOperator : Operator
{
    private readonly NodeAttributes _node;
    private readonly bool _masks;

    public DropoutOperator(NodeAttributes node)
    {
        _node = node;
        _masks = node.OutputCount > 1;
        if (node.Opset < 7 && !node.Flag("is_test", false)) throw node.Unsupported("dropout in training (is_test = 0) is not supported");
        if (node.Opset < 12)
            node.Ignore("ratio");
        else
            node.Ignore("seed");
    }

    public override bool IsView => !_masks;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if (inputs.Has(2) && TrainingMode(inputs)) throw _node.Unsupported("dropout in training (training_mode = true) is not supported");

        // Until opset 10 the mask has the input's type.
        return _masks ? [input, _node.Opset < 10 ? input : new(OnnxElementType.Boolean, input.Shape)] : [input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        bool booleans = outputs[1].Storage == Storage.Boolean;
        return new(frame =>
        {
            frame.Input<float>(0).CopyTo(frame.Output<float>(0));
            if (booleans)
                frame.Output<bool>(1).Fill(true);
            else
                frame.Output<float>(1).Fill(1);
        })
        {
            Flops = 0,
        };
    }

    private static bool TrainingMode(NodeInputs inputs)
    {
        TensorType type = inputs.Require(2, Storage.Boolean);
        return type.Shape.Count == 1 ? (inputs.Constant(2) ?? throw new ValueNeededException(2)).Booleans[0]
            : throw inputs.Fault($"training_mode is {type}, and must be one truth value");
    }
}
