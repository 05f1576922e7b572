namespace Upstride.Onnx.Operators.Reductions;

/// <summary>What several numbers become as one.</summary>
internal enum Reduction
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their sum by their number.</summary>
    Mean,

    /// <summary>The greatest; of none the least number there is.</summary>
    Maximum,

    /// <summary>The least; of none the greatest number there is.</summary>
    Minimum,

    /// <summary>Their product.</summary>
    Product,

    /// <summary>The sum of their magnitudes.</summary>
    L1,

    /// <summary>The root of the sum of their squares.</summary>
    L2,

    /// <summary>The logarithm of their sum.</summary>
    LogSum,

    /// <summary>The logarithm of the sum of their exponentials.</summary>
    LogSumExp,

    /// <summary>The sum of their squares.</summary>
    SumSquare,
}
