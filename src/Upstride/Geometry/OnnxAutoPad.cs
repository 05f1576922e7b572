namespace Upstride.Geometry;

/// <summary>ONNX's attribute <c>auto_pad</c>.</summary>
public enum OnnxAutoPad
{
    /// <summary>NOTSET: the attribute <c>pads</c> says it, or <c>output_shape</c>.</summary>
    NotSet,

    /// <summary>SAME_UPPER: the output is <c>input*stride</c>, the odd element of padding at the end. TensorFlow's SAME.</summary>
    SameUpper,

    /// <summary>SAME_LOWER: the output is <c>input*stride</c>, the odd element of padding at the start.</summary>
    SameLower,

    /// <summary>VALID: no padding.</summary>
    Valid,
}
