namespace Upstride.Models.Segmentation;

/// <summary>The published structures.</summary>
public enum SegmentationArchitecture
{
    /// <summary>FCN-32s: one transposed convolution from a 32nd of the size. Long, Shelhamer and Darrell, 2015.</summary>
    Fcn32s,

    /// <summary>FCN-16s: with the scores of the fourth pooling added.</summary>
    Fcn16s,

    /// <summary>FCN-8s: with those of the third too.</summary>
    Fcn8s,

    /// <summary>SegNet: the encoder mirrored, unpooling with its indices. Badrinarayanan, Kendall and Cipolla, 2017.</summary>
    SegNet,

    /// <summary>DeconvNet: unpooling and transposed convolutions. Noh, Hong and Han, 2015.</summary>
    DeconvNet,

    /// <summary>U-Net: transposed convolutions 2x2, stride 2, with the encoder's values beside theirs. Ronneberger, Fischer and Brox,
    /// 2015.</summary>
    UNet,
}

/// <summary>How a decoder enlarges.</summary>
public enum DecoderUpsampling
{
    /// <summary>As published: transposed convolutions, unpooling.</summary>
    Published,

    /// <summary>Bilinear interpolation instead, for comparison; where the published layer changes the channels too, a convolution 1x1
    /// before it does.</summary>
    Bilinear,
}
