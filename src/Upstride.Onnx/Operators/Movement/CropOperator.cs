using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>Crop</c>, of ONNX's first versions: pictures, [N, C, H, W], less the attribute <c>border</c>, left, top, right and bottom; with
/// <c>scale</c>, which is height and width, so much from the left and the top on.
/// </summary>
internal sealed class CropOperator : Operator
{
    private readonly long[] _border;
    private readonly long[]? _size;

    public CropOperator(NodeAttributes node)
    {
        _border = node.Integers("border") ?? [0, 0, 0, 0];
        _size = node.Integers("scale");
        if (_border.Length != 4 || _border.Any(static length => length < 0))
            throw node.Fault($"attribute border = [{string.Join(", ", _border)}], and must be 4 numbers that are not negative");
        if (_size is not null && _size.Length != 2) throw node.Fault($"attribute scale has {_size.Length} numbers, and must have 2");
    }

    /// <summary>Whether what is left has a size of its own, whatever the picture's.</summary>
    public bool HasFixedSize => _size is not null;

    /// <summary>The first row and the first column that are left.</summary>
    public (int Row, int Column) First => ((int)_border[1], (int)_border[0]);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Shape.Rank != 4) throw inputs.Fault($"input 0 is {input}, and must be [N, C, H, W]");
        return [input.WithShape(new([.. input.Shape.Lengths[..2], Length(inputs, 2), Length(inputs, 3)]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int[] strides = StridedGather.RowMajor(inputs.Shape(0));
        int first = (int)((_border[1] * strides[2]) + _border[0]);
        return StridedGather.Of(outputs[0].Shape.ToArray(), strides, first).Computation(outputs[0].Storage, settings);
    }

    private nint Length(NodeInputs inputs, int axis)
    {
        long length = inputs.Shape(0)[axis], start = _border[3 - axis], end = _size is null ? length - _border[5 - axis]
            : _size[axis - 2] > length ? long.MaxValue : start + _size[axis - 2];
        return start < length && end <= length && end > start ? (nint)(end - start)
            : throw inputs.Fault($"border = [{string.Join(", ", _border)}]{(_size is null ? "" : $" and scale = "
                + $"[{string.Join(", ", _size)}]")} leave nothing of, or reach beyond, axis {axis} of {inputs[0]}");
    }
}
