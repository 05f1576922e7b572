using Upstride.Geometry;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// Which scale and zero point belongs to which element of a tensor: one for all, one for each index of an axis, or one for each block of
/// neighbours along an axis.
/// </summary>
internal sealed class QuantizationScale
{
    private readonly int _outer;
    private readonly int _length;
    private readonly int _inner;
    private readonly int _block;
    private readonly bool _one;
    private readonly bool _blocked;

    private QuantizationScale(int outer, int length, int inner, int block, bool one, bool blocked) =>
        (_outer, _length, _inner, _block, _one, _blocked) = (outer, length, inner, block, one, blocked);

    /// <summary>Computes a run of elements.</summary>
    /// <param name="from">The first element.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="scale">The scale of the first element; the next one's is as far on as <paramref name="scaleStep"/> says.</param>
    /// <param name="scaleStep">0 or 1.</param>
    public delegate void Body(int from, int count, int scale, int scaleStep);

    /// <summary>Reads what inputs 0 (the tensor), 1 (the scale) and 2 (the zero point, optional) say.</summary>
    /// <param name="inputs">The node's inputs.</param>
    /// <param name="axis">The attribute <c>axis</c>; null before the opset that has it.</param>
    /// <param name="blockSize">The attribute <c>block_size</c>; 0 where there is none.</param>
    public static QuantizationScale Of(NodeInputs inputs, long? axis, long blockSize)
    {
        TensorShape shape = inputs.Shape(0), scale = inputs.Float(1).Shape;
        if (inputs.Has(2) && inputs.Require(2, inputs[2].Storage).Shape != scale && !(scale.Count == 1 && inputs[2].Shape.Count == 1))
            throw inputs.Fault($"the zero point is {inputs[2]}, and must have the scale's shape, {scale}");
        if (blockSize < 0) throw inputs.Fault($"attribute block_size = {blockSize}, and must not be negative");
        if (blockSize == 0 && scale.Count == 1 && scale.Rank <= 1) return new(1, 1, shape.Count, 1, one: true, blocked: false);
        if (axis is not { } given) throw inputs.Fault($"the scale is {inputs[1]}, and must be one number before opset 13");
        int along = inputs.Axis(given, shape.Rank);
        int outer = shape.CountOfAxes(0, along), length = shape[along], inner = shape.CountOfAxes(along + 1, shape.Rank);
        if (blockSize == 0)
        {
            return scale.Rank == 1 && scale[0] == length ? new(outer, length, inner, 1, one: false, blocked: false)
                : throw inputs.Fault(
                $"the scale is {inputs[1]}, and must be one number, or [{length}] for axis {along} of input 0, {shape}");
        }
        bool fits = scale.Rank == shape.Rank;
        for (int a = 0; fits && a < shape.Rank; a++) fits = scale[a] == (a == along ? Integers.DivideUp(length, blockSize) : shape[a]);
        return fits ? new(outer, length, inner, (int)Math.Min(blockSize, int.MaxValue), one: false, blocked: true)
            : throw inputs.Fault(
            $"the scale is {inputs[1]}, and must have the lengths of input 0, {shape}, with axis {along} divided by block_size = "
                + $"{blockSize} and rounded up");
    }

    /// <summary>Calls <paramref name="body"/> for runs of elements that together are all of them.</summary>
    public void ForEachRun(Body body)
    {
        int blocks = Integers.DivideUp(_length, _block);
        for (int o = 0, from = 0; o < _outer; o++)
            for (int i = 0; i < _length; i++, from += _inner)
                body(from, _inner, _one ? 0 : _blocked ? (o * blocks + i / _block) * _inner : i, _blocked ? 1 : 0);
    }
}
