using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary>
/// <c>OneHot</c> (opset 9 on): a new axis of the length of input 1, along which the second number of input 2 stands where the index of
/// input 0 says and the first everywhere else; a negative index counts from the end, and one that is outside stands nowhere.
/// </summary>
internal sealed class OneHotOperator : Operator
{
    private readonly long _axis;

    public OneHotOperator(NodeAttributes node)
    {
        node.RequireOpset(9);
        _axis = node.Integer("axis", -1);
    }

    /// <summary>The new axis.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(0).Rank + 1);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape indices = inputs.Shape(0);
        if (inputs[0].Storage == Storage.Boolean) throw inputs.Fault($"the indices are {inputs[0]}, and must be numbers");
        if (inputs.Shape(1).Count != 1) throw inputs.Fault($"the depth is {inputs[1]}, and must be one number");
        double depth = inputs[1].Storage == Storage.Float ? inputs.Floats(1)[0] : inputs.Integers(1)[0];
        if (!(depth >= 0 && depth <= Array.MaxLength)) throw inputs.Fault($"the depth is {depth}, and must be from 0 to {Array.MaxLength}");
        if (inputs.Shape(2) is not { Rank: 1, Count: 2 }) throw inputs.Fault($"the values are {inputs[2]}, and must be [2]");
        int axis = inputs.Axis(_axis, indices.Rank + 1);
        return [inputs[2].WithShape(new([.. indices.Lengths[..axis], (nint)depth, .. indices.Lengths[axis..]]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = AxisSplit.Of(outputs[0].Shape, inputs.Axis(_axis, outputs[0].Shape.Rank));
        bool floats = inputs[0].Storage == Storage.Float;
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, split, floats)),
            Storage.Integer => new(frame => Run<long>(frame, split, floats)),
            _ => new(frame => Run<bool>(frame, split, floats)),
        };
    }

    private static void Run<T>(NodeContext frame, AxisSplit split, bool floats) where T : unmanaged
    {
        Span<T> destination = frame.Output<T>(0);
        ReadOnlySpan<T> values = frame.Input<T>(2);
        destination.Fill(values[0]);
        if (destination.IsEmpty) return;
        for (int i = 0; i < split.Outer * split.Inner; i++)
        {
            double index = floats ? Math.Truncate(frame.Input<float>(0)[i]) : frame.Input<long>(0)[i];
            if (index < 0) index += split.Length;
            if (!(index >= 0 && index < split.Length)) continue;
            (int outer, int inner) = Math.DivRem(i, split.Inner);
            destination[(((outer * split.Length) + (int)index) * split.Inner) + inner] = values[1];
        }
    }
}
