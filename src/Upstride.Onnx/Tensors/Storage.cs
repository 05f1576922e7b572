namespace Upstride.Onnx.Tensors;

/// <summary>How the elements of a tensor lie in memory: every element type is computed as one of three.</summary>
internal enum Storage
{
    /// <summary>As <see cref="float"/>: float32, float16, bfloat16, float64.</summary>
    Float,

    /// <summary>As <see cref="long"/>: the integers.</summary>
    Integer,

    /// <summary>As <see cref="bool"/>.</summary>
    Boolean,
}
