using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>
/// <c>CumSum</c> and <c>CumProd</c> (opset 26 on): sums or products of all up to each element along an axis, without it where
/// <c>exclusive</c>, from the end where <c>reverse</c>.
/// </summary>
internal sealed class CumSumOperator(NodeAttributes node, bool products = false) : Operator
{
    private readonly bool _exclusive = node.Flag("exclusive", fallback: false);
    private readonly bool _reverse = node.Flag("reverse", fallback: false);

    public static CumSumOperator Products(NodeAttributes node)
    {
        node.RequireOpset(26);
        return new(node, products: true);
    }

    /// <summary>The axis along which it sums.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(inputs.Integers(1)[0], inputs.Shape(0).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        if (inputs[0].Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {inputs[0]}, and must be numbers");
        if (inputs.Integers(1).Length != 1) throw inputs.Fault($"the axis is {inputs[1]}, and must be one number");
        inputs.Axis(inputs.Integers(1)[0], inputs.Shape(0).Rank);
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = AxisSplit.Of(inputs.Shape(0), inputs.Axis(inputs.Integers(1)[0], inputs.Shape(0).Rank));
        OnnxElementType element = outputs[0].Element;
        return outputs[0].Storage == Storage.Float
            ? new(frame => Run<float>(frame, split))
            : new(frame =>
            {
                Run<long>(frame, split);
                element.Wrap(frame.Output<long>(0));
            });
    }

    private void Run<T>(NodeContext frame, AxisSplit split) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> input = frame.Input<T>(0);
        Span<T> destination = frame.Output<T>(0);
        for (int column = 0; column < split.Outer * split.Inner; column++)
        {
            (int outer, int inner) = Math.DivRem(column, split.Inner);
            T total = products ? T.One : T.Zero;
            for (int k = 0; k < split.Length; k++)
            {
                int at = (((outer * split.Length) + (_reverse ? split.Length - 1 - k : k)) * split.Inner) + inner;
                if (_exclusive) destination[at] = total;
                total = products ? total * input[at] : total + input[at];
                if (!_exclusive) destination[at] = total;
            }
        }
    }
}
