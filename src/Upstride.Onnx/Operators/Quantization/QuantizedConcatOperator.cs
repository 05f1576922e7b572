using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>QLinearConcat</c> of ONNX Runtime: tensors of 8-bit numbers one behind the other along an axis, each with a scale and a zero point of
/// its own, as 8-bit numbers of one. Inputs are scale and zero point of the result, and then those of each tensor after it.
/// </summary>
internal sealed class QuantizedConcatOperator : Operator
{
    private readonly long _axis;

    public QuantizedConcatOperator(NodeAttributes node)
    {
        _axis = node.Has("axis") ? node.Integer("axis", 0) : throw node.Fault("attribute axis is needed");
        if (node.InputCount < 5 || (node.InputCount - 2) % 3 != 0)
            throw node.Fault($"it has {node.InputCount} inputs, and needs 2 and 3 for each tensor");
    }

    /// <summary>The axis along which the tensors lie.</summary>
    public int Axis(NodeInputs inputs) => inputs.Axis(_axis, inputs.Shape(2).Rank);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        IntegerSums.RequireOneScale(inputs, 0, of: 2);
        TensorType first = IntegerSums.Require(inputs, 2);
        int axis = inputs.Axis(_axis, first.Shape.Rank);
        long[] lengths = [.. first.Shape.ToArray()];
        lengths[axis] = 0;
        for (int input = 2; input < inputs.Count; input += 3)
        {
            IntegerSums.RequireOneScale(inputs, input + 1, of: input);
            TensorShape shape = BinaryRules.RequireSameElements(inputs, input, 2).Shape;
            bool fits = shape.Rank == lengths.Length;
            for (int other = 0; fits && other < lengths.Length; other++) fits = other == axis || shape[other] == lengths[other];
            if (!fits) throw inputs.Fault(
                $"input {input} is {inputs[input]} and input 2 is {first}: all lengths but that of axis {axis} must be equal");
            lengths[axis] += shape[axis];
        }
        return [first.WithShape(TensorShape.Of(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int axis = inputs.Axis(_axis, outputs[0].Shape.Rank), count = (inputs.Count - 2) / 3;
        AxisSplit[] parts = [.. Arrays.Range(0, count).Select(part => AxisSplit.Of(inputs.Shape(2 + (3 * part)), axis))];
        OnnxElementType element = outputs[0].Element;
        return new(frame =>
        {
            Span<long> destination = frame.Output<long>(0);
            if (destination.IsEmpty) return;
            int pitch = destination.Length / parts[0].Outer, offset = 0;
            float to = frame.Input<float>(0)[0];
            long other = frame.Input<long>(1) is [var zero] ? zero : 0;
            (long least, long most) = element.Range;
            var table = new long[256];
            for (int part = 0; part < parts.Length; part++)
            {
                int input = 2 + (3 * part), run = parts[part].Length * parts[part].Inner;
                float from = frame.Input<float>(input + 1)[0];
                long own = frame.Input<long>(input + 2) is [var given] ? given : 0;
                for (long code = least; code <= most; code++)
                    table[code - least] = from.Equals(to) && own == other ? code : Quantized.Of((code - own) * from / to, other, element);
                ReadOnlySpan<long> source = frame.Input<long>(input);
                for (int outer = 0; outer < parts[part].Outer; outer++)
                    for (int i = 0; i < run; i++)
                        destination[(outer * pitch) + offset + i] = table[source[(outer * run) + i] - least];
                offset += run;
            }
        });
    }
}
