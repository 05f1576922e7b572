using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// <c>Affine</c> and <c>ImageScaler</c>, of ONNX's first versions: input 0 times one number, plus one number or one for each channel of
/// [batch, channels, ...].
/// </summary>
internal sealed class ChannelAffineOperator : Operator
{
    private readonly float _scale;
    private readonly float[] _shifts;
    private readonly bool _byChannel;

    private ChannelAffineOperator(float scale, float[] shifts, bool byChannel) =>
        (_scale, _shifts, _byChannel) = (scale, shifts, byChannel);

    /// <summary><c>Affine</c>: one shift, <c>beta</c>, and the scale <c>alpha</c>.</summary>
    public static ChannelAffineOperator OfAll(NodeAttributes node) =>
        new(node.Float("alpha", 1), [node.Float("beta", 0)], byChannel: false);

    /// <summary><c>ImageScaler</c>: a shift for each channel, <c>bias</c>, after the <c>scale</c>.</summary>
    public static ChannelAffineOperator OfChannels(NodeAttributes node) =>
        new(node.Float("scale", 1), node.Floats("bias") ?? throw node.Fault("attribute bias is missing, and the operator needs it"),
            byChannel: true);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if (_byChannel && (input.Shape.Rank < 2 || input.Shape[1] != _shifts.Length))
            throw inputs.Fault($"attribute bias has {_shifts.Length} numbers, and must have one for each channel, axis 1, of {input}");
        return [input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = outputs[0].Shape;
        int planes = shape.Count == 0 ? 0 : _byChannel ? shape[0] * shape[1] : 1;
        return new(frame => ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), planes, settings,
            (source, destination, plane) =>
            {
                TensorPrimitives.Multiply(source, _scale, destination);
                TensorPrimitives.Add(destination, _shifts[plane % _shifts.Length], destination);
            }))
        {
            Flops = 2L * shape.Count,
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    public override (float[] Scale, float[] Shift)? AsChannelAffine(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        if (shape.Rank < 2) return null;
        var scales = new float[shape[1]];
        Array.Fill(scales, _scale);
        return (scales, [.. scales.Select((_, channel) => _shifts[channel % _shifts.Length])]);
    }
}
