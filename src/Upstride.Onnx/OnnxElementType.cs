namespace Upstride.Onnx;

/// <summary>The element types of tensors that are read, by the numbers of the ONNX specification (<c>TensorProto.DataType</c>).</summary>
public enum OnnxElementType
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32 = 1,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8 = 2,

    /// <summary>Signed, 8 bits.</summary>
    Int8 = 3,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16 = 4,

    /// <summary>Signed, 16 bits.</summary>
    Int16 = 5,

    /// <summary>Signed, 32 bits.</summary>
    Int32 = 6,

    /// <summary>Signed, 64 bits.</summary>
    Int64 = 7,

    /// <summary>True or false.</summary>
    Boolean = 9,

    /// <summary>IEEE 754 half precision; computed in single precision.</summary>
    Float16 = 10,

    /// <summary>IEEE 754 double precision; computed in single precision.</summary>
    Float64 = 11,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 12,

    /// <summary>Unsigned, 64 bits; values up to 2^63 - 1.</summary>
    UInt64 = 13,

    /// <summary>The upper half of a single-precision number; computed in single precision.</summary>
    BFloat16 = 16,

    /// <summary>Eight bits, four of them exponent, without infinity; computed in single precision.</summary>
    Float8E4M3FN = 17,

    /// <summary>Eight bits, four of them exponent, without infinity and negative zero; computed in single precision.</summary>
    Float8E4M3FNUZ = 18,

    /// <summary>Eight bits, five of them exponent; computed in single precision.</summary>
    Float8E5M2 = 19,

    /// <summary>Eight bits, five of them exponent, without infinity and negative zero; computed in single precision.</summary>
    Float8E5M2FNUZ = 20,

    /// <summary>Unsigned, 4 bits.</summary>
    UInt4 = 21,

    /// <summary>Signed, 4 bits.</summary>
    Int4 = 22,
}
