namespace Upstride.Models.Generation;

/// <summary>How a generator doubles height and width.</summary>
public enum UpsamplingKind
{
    /// <summary>A transposed convolution, 4x4, stride 2: the paper's.</summary>
    Transposed,

    /// <summary>Nearest-neighbour enlargement, then a convolution, 3x3.</summary>
    ResizeConvolution,

    /// <summary>A convolution, 3x3, to four times the channels, then a pixel shuffle; begun by ICNR.</summary>
    PixelShuffle,

    /// <summary>The transposed convolution with a zero-order hold as a factor of its kernel, 5x5.</summary>
    ZeroOrderHold,
}
