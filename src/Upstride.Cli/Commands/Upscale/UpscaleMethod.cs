using Upstride.Geometry;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>The ways to enlarge a picture.</summary>
internal enum UpscaleMethod
{
    /// <summary>The learned network of the quality that is asked for.</summary>
    Network,

    /// <summary>FSRCNN, the fast learned network.</summary>
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

/// <summary>The words for the methods.</summary>
internal static class UpscaleMethods
{
    /// <summary>Every method with its word.</summary>
    public static (string Word, UpscaleMethod Method)[] All { get; } =
    [
        ("network", UpscaleMethod.Network), ("fsrcnn", UpscaleMethod.Fsrcnn),
        ("nearest", UpscaleMethod.Nearest), ("bilinear", UpscaleMethod.Bilinear),
        ("bicubic", UpscaleMethod.Bicubic), ("bed-of-nails", UpscaleMethod.BedOfNails), ("transposed", UpscaleMethod.Transposed),
    ];

    public static string NameOf(UpscaleMethod method) => Array.Find(All, entry => entry.Method == method).Word;
}
