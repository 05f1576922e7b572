using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Signals;

/// <summary>
/// <c>DFT</c> (opset 17 on): the discrete Fourier transform along one axis of real numbers, [..., 1], or complex ones, [..., 2], or its
/// inverse; of as many elements as input 1 says, zeros where there are fewer.
/// </summary>
internal sealed class FourierOperator : Operator
{
    private readonly bool _inverse;
    private readonly bool _half;
    private readonly long? _axis;

    public FourierOperator(NodeAttributes node)
    {
        node.RequireOpset(17);
        (_inverse, _half) = (node.Flag("inverse", fallback: false), node.Flag("onesided", fallback: false));
        if (_inverse && _half) throw node.Unsupported("attributes inverse = 1 and onesided = 1 together are not supported");
        if (node.Opset < 20) _axis = node.Integer("axis", 1);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape input = inputs.Float(0).Shape;
        if (input.Rank < 2 || input[input.Rank - 1] is not (1 or 2))
            throw inputs.Fault($"input 0 is {inputs[0]}, and must be [..., 1] of real or [..., 2] of complex numbers");
        int axis = Axis(inputs), length = Length(inputs);
        nint[] lengths = input.Lengths.ToArray();
        (lengths[axis], lengths[^1]) = (_half ? (length / 2) + 1 : length, 2);
        return [inputs[0].WithShape(new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape input = inputs.Shape(0);
        int axis = Axis(inputs), length = Length(inputs), parts = input[input.Rank - 1];
        AxisSplit from = AxisSplit.Of(input, axis), to = AxisSplit.Of(outputs[0].Shape, axis);
        var transform = new FourierTransform(length, _inverse);
        int lines = from.Outer * (from.Inner / parts);
        double scale = _inverse ? 1.0 / length : 1;
        return new(frame =>
        {
            ReadOnlySpan<float> source = frame.Input<float>(0);
            Span<float> destination = frame.Output<float>(0);
            Complex[] line = new Complex[length], result = new Complex[length];
            for (int i = 0; i < lines; i++)
            {
                frame.CancellationToken.ThrowIfCancellationRequested();
                (int outer, int inner) = Math.DivRem(i, from.Inner / parts);
                Array.Clear(line);
                for (int k = 0; k < Math.Min(length, from.Length); k++)
                {
                    int at = (((outer * from.Length) + k) * from.Inner) + (inner * parts);
                    line[k] = new(source[at], parts == 2 ? source[at + 1] : 0);
                }
                transform.Run(line, result);
                for (int k = 0; k < to.Length; k++)
                {
                    int at = (((outer * to.Length) + k) * to.Inner) + (inner * 2);
                    (destination[at], destination[at + 1]) = ((float)(result[k].Real * scale), (float)(result[k].Imaginary * scale));
                }
            }
        })
        {
            Flops = 8L * lines * FourierTransform.Products(length),
            WorkspaceBytes = 48L * length,
        };
    }

    // The last axis holds the parts of a number; from opset 20 on the axis is an input.
    private int Axis(NodeInputs inputs)
    {
        int rank = inputs.Shape(0).Rank;
        if (inputs.Has(2) && _axis is null && inputs.Integers(2).Length != 1)
            throw inputs.Fault($"the axis is {inputs[2]}, and must be one number");
        int axis = inputs.Axis(_axis ?? (inputs.Has(2) ? inputs.Integers(2)[0] : -2), rank);
        return axis < rank - 1 ? axis : throw inputs.Fault($"axis = {axis}, which is the last, of real and imaginary parts");
    }

    private int Length(NodeInputs inputs)
    {
        if (inputs.Has(1) && inputs.Integers(1).Length != 1) throw inputs.Fault($"the length is {inputs[1]}, and must be one number");
        long length = inputs.Has(1) ? inputs.Integers(1)[0] : inputs.Shape(0)[Axis(inputs)];
        return length is >= 1 and <= int.MaxValue / 64 ? (int)length
            : throw inputs.Fault($"the length is {length}, and must be from 1 to {int.MaxValue / 64}");
    }
}
