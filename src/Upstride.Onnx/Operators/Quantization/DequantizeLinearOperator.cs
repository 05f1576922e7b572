using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary><c>DequantizeLinear</c> (opset 10 on): <c>(x - zero point)*scale</c>.</summary>
internal sealed class DequantizeLinearOperator : Operator
{
    private readonly NodeAttributes _node;
    private readonly long? _axis;
    private readonly long _blockSize;
    private readonly int _outputType;

    public DequantizeLinearOperator(NodeAttributes node)
    {
        _node = node;
        node.RequireOpset(10);
        if (node.Opset >= 13) _axis = node.Integer("axis", 1);
        if (node.Opset >= 21) _blockSize = node.Integer("block_size", 0);
        if (node.Opset >= 23) _outputType = node.Int32("output_dtype", 0);
    }

    /// <summary>The axis along which there is a scale for each index, where there is more than one.</summary>
    public long Axis => _axis ?? 1;

    /// <summary>Whether scales are for blocks of neighbours.</summary>
    public bool IsBlocked => _blockSize > 0;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Storage != Storage.Integer && Float8.Of(input.Element) is null)
            throw inputs.Fault($"input 0 is {input}, and must be integers or float8");
        if (inputs.Has(2) && inputs[2].Element != input.Element)
            throw inputs.Fault($"the zero point is {inputs[2]}, and must be of the type of input 0, {input.Element.Text}");
        QuantizationScale.Of(inputs, _axis, _blockSize);
        OnnxElementType element = _outputType == 0 ? inputs[1].Element
            : ElementTypes.Of(_outputType)
            ?? throw _node.Unsupported($"attribute output_dtype = {_outputType} ({ElementTypes.NameOf(_outputType)}) is not supported");
        if (element.Storage != Storage.Float)
            throw inputs.Fault($"attribute output_dtype = {element.Text}, and must be a floating-point type");
        return [new(element, input.Shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        var scales = QuantizationScale.Of(inputs, _axis, _blockSize);
        return inputs[0].Storage == Storage.Float ? new(frame => Scale(frame, scales)) : new(frame => Dequantize(frame, scales));
    }

    // Numbers of eight bits, whose zero point is 0.
    private static unsafe void Scale(NodeContext frame, QuantizationScale scales)
    {
        fixed (float* input = frame.Input<float>(0), scale = frame.Input<float>(1), output = frame.Output<float>(0))
        {
            (nint x, nint s, nint y) = ((nint)input, (nint)scale, (nint)output);
            scales.ForEachRun((from, count, first, step) =>
            {
                for (int i = 0; i < count; i++) ((float*)y)[from + i] = ((float*)x)[from + i] * ((float*)s)[first + (i * step)];
            });
        }
    }

    private static unsafe void Dequantize(NodeContext frame, QuantizationScale scales)
    {
        fixed (long* input = frame.Input<long>(0), zero = frame.Input<long>(2))
        fixed (float* scale = frame.Input<float>(1), output = frame.Output<float>(0))
        {
            // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
            (nint x, nint s, nint z, nint y) = ((nint)input, (nint)scale, (nint)zero, (nint)output);
            scales.ForEachRun((from, count, first, step) =>
            {
                for (int i = 0; i < count; i++)
                {
                    int at = first + i * step;
                    ((float*)y)[from + i] = (((long*)x)[from + i] - (z == 0 ? 0 : ((long*)z)[at])) * ((float*)s)[at];
                }
            });
        }
    }
}
