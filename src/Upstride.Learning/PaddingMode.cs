namespace Upstride.Learning;

/// <summary>What stands around a tensor, as PyTorch's <c>padding_mode</c>.</summary>
public enum PaddingMode
{
    /// <summary>0, or another number.</summary>
    Zeros,

    /// <summary>The tensor mirrored at its first and last element, which are not repeated.</summary>
    Reflect,

    /// <summary>The first and the last element.</summary>
    Replicate,

    /// <summary>The tensor again.</summary>
    Circular,
}
