using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>QuantizeLinear</c> (opset 10 on): <c>x/scale</c> rounded, halves to even, plus the zero point, held within the element type's range.
/// </summary>
internal sealed class QuantizeLinearOperator : Operator
{
    private readonly NodeAttributes _node;
    private readonly long? _axis;
    private readonly long _blockSize;
    private readonly int _outputType;

    public QuantizeLinearOperator(NodeAttributes node)
    {
        _node = node;
        node.RequireOpset(10);
        if (node.Opset >= 13) _axis = node.Integer("axis", 1);

        // Saturation is a choice for 8-bit floating-point numbers alone, and the quotient is always of single precision.
        if (node.Opset >= 19) node.Ignore("saturate");
        if (node.Opset >= 23) node.Ignore("precision");
        if (node.Opset < 21) return;
        _blockSize = node.Integer("block_size", 0);
        _outputType = node.Int32("output_dtype", 0);
    }

    /// <summary>The axis along which there is a scale for each index, where there is more than one.</summary>
    public long Axis => _axis ?? 1;

    /// <summary>Whether scales are for blocks of neighbours.</summary>
    public bool IsBlocked => _blockSize > 0;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {input}, and must be numbers");
        QuantizationScale.Of(inputs, _axis, _blockSize);
        OnnxElementType element = inputs.Has(2) ? inputs[2].Element
            : _outputType == 0 ? OnnxElementType.UInt8
            : ElementTypes.Of(_outputType)
            ?? throw _node.Unsupported($"attribute output_dtype = {_outputType} ({ElementTypes.NameOf(_outputType)}) is not supported");
        if (inputs.Has(2) && _outputType != 0 && _outputType != (int)element)
            throw inputs.Fault(
                $"attribute output_dtype = {ElementTypes.NameOf(_outputType)} and the zero point is {inputs[2]}, and both must be of one "
                    + $"type");
        if (!IsQuantized(element)) throw inputs.Fault(
            $"the output would be {element.Text}, and must be uint4, int4, uint8, int8, uint16 or int16");
        return [new(element, input.Shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        var scales = QuantizationScale.Of(inputs, _axis, _blockSize);
        (float least, float most) = outputs[0].Element.Range;
        bool integers = inputs[0].Storage == Storage.Integer;
        return new(frame =>
        {
            ReadOnlySpan<float> values = integers ? ToFloats(frame.Input<long>(0)) : frame.Input<float>(0);
            Quantize(frame, scales, values, least, most);
        });
    }

    private static unsafe void Quantize(NodeContext frame, QuantizationScale scales, ReadOnlySpan<float> values, float least, float most)
    {
        fixed (float* input = values, scale = frame.Input<float>(1))
        fixed (long* zero = frame.Input<long>(2), output = frame.Output<long>(0))
        {
            // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
            (nint x, nint s, nint z, nint y) = ((nint)input, (nint)scale, (nint)zero, (nint)output);
            scales.ForEachRun((from, count, first, step) =>
            {
                for (int i = 0; i < count; i++)
                {
                    int at = first + i * step;
                    float rounded = MathF.Round(((float*)x)[from + i] / ((float*)s)[at]) + (z == 0 ? 0 : ((long*)z)[at]);
                    ((long*)y)[from + i] = (long)Math.Clamp(rounded, least, most);
                }
            });
        }
    }

    private static float[] ToFloats(ReadOnlySpan<long> values)
    {
        var floats = new float[values.Length];
        for (int i = 0; i < floats.Length; i++) floats[i] = values[i];
        return floats;
    }

    private static bool IsQuantized(OnnxElementType element) =>
        element is OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.UInt16 or OnnxElementType.Int16
        or OnnxElementType.UInt4 or OnnxElementType.Int4;
}
