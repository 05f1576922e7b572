using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Onnx.Operators.Pooling;

/// <summary>The attributes that <c>MaxPool</c> and <c>AveragePool</c> share.</summary>
internal abstract class PoolOperator : Operator
{
    private OnnxAutoPad _autoPad;
    private nint[] _pads;
    private readonly PerAxis _kernelShape;
    private readonly PerAxis _strides;
    private readonly PerAxis _dilations;
    private readonly bool _ceilMode;
    private ImmutableArray<PoolAxis> _part;

    /// <param name="node">The node.</param>
    /// <param name="dilationsSince">The opset that brought the attribute <c>dilations</c>.</param>
    protected PoolOperator(NodeAttributes node, int dilationsSince)
    {
        _autoPad = ReadAutoPad(node);
        _pads = ReadPads(node);
        _kernelShape = node.Has("kernel_shape") ? node.Int32s("kernel_shape") : throw node.Fault("attribute kernel_shape is needed");
        _strides = node.Int32s("strides");
        if (node.Opset >= dilationsSince) _dilations = node.Int32s("dilations");
        if (node.Opset >= 10) _ceilMode = node.Flag("ceil_mode", false);
    }

    /// <summary>The attribute <c>auto_pad</c>.</summary>
    public static OnnxAutoPad ReadAutoPad(NodeAttributes node) => node.Choice("auto_pad", "NOTSET",
        ("NOTSET", OnnxAutoPad.NotSet), ("SAME_UPPER", OnnxAutoPad.SameUpper), ("SAME_LOWER", OnnxAutoPad.SameLower),
        ("VALID", OnnxAutoPad.Valid));

    /// <summary>The attribute <c>pads</c>, [starts..., ends...]; empty where it is not there.</summary>
    public static nint[] ReadPads(NodeAttributes node) => [.. (node.Integers("pads") ?? []).Select(static pad => (nint)pad)];

    /// <summary>
    /// The same operator with more places around its input that hold nothing, [starts..., ends...]; null where its padding follows from
    /// sizes, rounds up, or would leave a window without an input.
    /// </summary>
    public PoolOperator? WithPadding(ReadOnlySpan<int> pads)
    {
        if (_ceilMode || _autoPad is not (OnnxAutoPad.NotSet or OnnxAutoPad.Valid) || (_pads.Length > 0 && _pads.Length != pads.Length))
            return null;
        var copy = (PoolOperator)MemberwiseClone();
        copy._autoPad = OnnxAutoPad.NotSet;
        copy._pads = [.. pads];
        for (int i = 0; i < _pads.Length; i++) copy._pads[i] += _pads[i];
        int axes = pads.Length / 2;
        for (int i = 0; i < pads.Length; i++)
            if (copy._pads[i] >= (_kernelShape.Values.Length == 1 ? _kernelShape.Values[0] : _kernelShape.Values[i % axes])) return null;
        return copy;
    }

    /// <summary>Whether it has no places around its input.</summary>
    public bool HasNoPadding =>
        _autoPad == OnnxAutoPad.Valid || (_autoPad == OnnxAutoPad.NotSet && _pads.All(static pad => pad == 0));

    /// <summary>The same pooling along these axes, which are parts of the ones that it has.</summary>
    public PoolOperator Part(ImmutableArray<PoolAxis> axes)
    {
        var copy = (PoolOperator)MemberwiseClone();
        copy._part = axes;
        return copy;
    }

    /// <summary>The sizes.</summary>
    public PoolGeometry Geometry(NodeInputs inputs) => !_part.IsDefault
        ? PoolGeometry.Create(inputs.Shape(0).Lengths, _part)
        : PoolGeometry.Onnx(inputs.Shape(0).Lengths, _kernelShape, _autoPad, _pads, _strides, _dilations, _ceilMode);

    /// <summary>Operations of one pooling: one for each tap of each window that meets an input.</summary>
    protected static long Flops(PoolGeometry geometry) =>
        geometry.OutputShape.Concat(geometry.Axes.Select(static axis => (nint)axis.MaxTaps))
        .Aggregate(1L, static (product, length) => product * length);
}
