namespace Upstride.Models.Upscaling;

/// <summary>Which of the library's networks enlarges: each is better than the one before, and takes longer.</summary>
public enum UpscalingQuality
{
    /// <summary>FSRCNN(56, 12, 4), of 12,464 weights.</summary>
    Fast,

    /// <summary>upstride-best(16, 11), of about 27,000 weights, for the scales that it is trained for, and for scale 8
    /// upstride-pyramid(16, 11, 1).</summary>
    Balanced,

    /// <summary>upstride-best(32, 9), of about 90,000 weights, for the scales that it is trained for, else the balanced network, and of its
    /// results for the eight ways to turn and mirror a picture the mean.</summary>
    Best,
}
