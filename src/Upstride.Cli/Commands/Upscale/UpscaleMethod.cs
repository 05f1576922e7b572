using Upstride.Geometry;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>The ways to enlarge a picture by a whole factor.</summary>
internal enum UpscaleMethod
{
    /// <summary>FSRCNN, a learned network.</summary>
    Fsrcnn,

    /// <summary>Every pixel becomes a square of pixels.</summary>
    Nearest,

    /// <summary>Straight lines between the pixels' centres.</summary>
    Bilinear,

    /// <summary>MATLAB's imresize.</summary>
    Bicubic,

    /// <summary>Every pixel in the first place of its square, zeros elsewhere.</summary>
    BedOfNails,

    /// <summary>A transposed convolution with <see cref="Geometry.BilinearKernel"/>.</summary>
    Transposed,
}
