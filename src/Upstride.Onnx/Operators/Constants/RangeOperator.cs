using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary><c>Range</c>: start + i delta for each i from 0 on while the limit is not reached.</summary>
internal sealed class RangeOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        BinaryRules.RequireSameElements(inputs, 0, 1);
        BinaryRules.RequireSameElements(inputs, 0, 2);
        for (int input = 0; input < 3; input++)
            if (inputs.Shape(input).Count != 1) throw inputs.Fault($"input {input} is {inputs[input]}, and must be one number");
        double start, limit, delta;
        if (inputs[0].Storage == Storage.Integer)
            (start, limit, delta) = (inputs.Integers(0)[0], inputs.Integers(1)[0], inputs.Integers(2)[0]);
        else
            (start, limit, delta) = (inputs.Floats(0)[0], inputs.Floats(1)[0], inputs.Floats(2)[0]);
        if (delta == 0) throw inputs.Fault("delta = 0, and may not be");
        double count = Math.Max(0, Math.Ceiling((limit - start) / delta));
        if (!(count <= Array.MaxLength)) throw inputs.Fault($"from {start} to {limit} by {delta} are more than {Array.MaxLength} elements");
        return [inputs[0].WithShape(new((nint)count))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage == Storage.Float
        ? new(static frame =>
        {
            (float start, float delta) = (frame.Input<float>(0)[0], frame.Input<float>(2)[0]);
            Span<float> destination = frame.Output<float>(0);
            for (int i = 0; i < destination.Length; i++) destination[i] = start + (i * delta);
        })
        : new(static frame =>
        {
            (long start, long delta) = (frame.Input<long>(0)[0], frame.Input<long>(2)[0]);
            Span<long> destination = frame.Output<long>(0);
            for (int i = 0; i < destination.Length; i++) destination[i] = start + (i * delta);
        });
}
