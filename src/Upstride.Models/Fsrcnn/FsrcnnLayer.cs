namespace Upstride.Models.Fsrcnn;

/// <summary>
/// A layer of an FSRCNN: a convolution that keeps the size with a PReLU behind it, or the transposed convolution at the end.
/// </summary>
/// <param name="Name">What its parameters' names begin with: <c>feature</c> of <c>feature.weight</c>.</param>
/// <param name="InputChannels">Planes in.</param>
/// <param name="OutputChannels">Planes out.</param>
/// <param name="Kernel">Taps along each axis, odd.</param>
/// <param name="IsUpsampling">Whether it is the transposed convolution.</param>
public sealed record FsrcnnLayer(string Name, int InputChannels, int OutputChannels, int Kernel, bool IsUpsampling = false)
{
    /// <summary>Zeros around the input, by which a convolution keeps its size and the transposed convolution is centred.</summary>
    public int Padding => Kernel / 2;

    /// <summary>
    /// [output channels, input channels, kernel, kernel]; of the transposed convolution [input channels, output channels, kernel, kernel].
    /// </summary>
    public nint[] WeightShape =>
        IsUpsampling ? [InputChannels, OutputChannels, Kernel, Kernel] : [OutputChannels, InputChannels, Kernel, Kernel];

    /// <summary>What it is made of: weight, bias, and a slope for each channel where a PReLU is after it.</summary>
    internal IEnumerable<(string Name, nint[] Shape)> Parameters =>
        IsUpsampling
        ? [("weight", WeightShape), ("bias", [OutputChannels])]
        : [("weight", WeightShape), ("bias", [OutputChannels]), ("slope", [OutputChannels])];

    /// <summary>How many weights it has, without bias and slopes.</summary>
    public int Weights => InputChannels * OutputChannels * Kernel * Kernel;
}
