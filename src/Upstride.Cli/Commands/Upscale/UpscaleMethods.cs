namespace Upstride.Cli.Commands.Upscale;

/// <summary>The words for the methods.</summary>
internal static class UpscaleMethods
{
    /// <summary>Every method with its word.</summary>
    public static (string Word, UpscaleMethod Method)[] All { get; } =
    [
        ("fsrcnn", UpscaleMethod.Fsrcnn), ("nearest", UpscaleMethod.Nearest), ("bilinear", UpscaleMethod.Bilinear),
        ("bicubic", UpscaleMethod.Bicubic), ("bed-of-nails", UpscaleMethod.BedOfNails), ("transposed", UpscaleMethod.Transposed),
    ];

    public static string NameOf(UpscaleMethod method) => Array.Find(All, entry => entry.Method == method).Word;
}
