using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>DynamicQuantizeLinear</c> (opset 11 on): a tensor as uint8 with the scale and the zero point by which its own least and greatest
/// number and 0 fit; of nothing but zeros the scale is 1.
/// </summary>
internal sealed class DynamicQuantizeLinearOperator : Operator
{
    public DynamicQuantizeLinearOperator(NodeAttributes node)
    {
        node.RequireOpset(11);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [new(OnnxElementType.UInt8, inputs.Float(0).Shape), new(OnnxElementType.Float32, TensorShape.Scalar),
        new(OnnxElementType.UInt8, TensorShape.Scalar)];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) => new(frame =>
    {
        ReadOnlySpan<float> values = frame.Input<float>(0);
        float least = values.IsEmpty ? 0 : Math.Min(0, TensorPrimitives.Min(values)),
            most = values.IsEmpty ? 0 : Math.Max(0, TensorPrimitives.Max(values)), scale = least == most ? 1 : (most - least) / 255;
        float zero = MathF.Round(Math.Clamp(0 - (least / scale), 0, 255));
        if (float.IsNaN(zero)) zero = 0;
        Span<long> destination = frame.Output<long>(0);
        for (int i = 0; i < destination.Length; i++)
        {
            float rounded = MathF.Round(values[i] / scale) + zero;
            destination[i] = float.IsNaN(rounded) ? (long)zero : (long)Math.Clamp(rounded, 0, 255);
        }
        frame.Output<float>(1).Fill(scale);
        frame.Output<long>(2).Fill((long)zero);
    });
}
