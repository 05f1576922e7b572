using System.Collections.Immutable;

namespace Upstride.Models.Inference;

/// <summary>
/// One layer of a <see cref="PlaneNetwork"/>: a convolution that keeps the size, or the transposed convolution that enlarges, with its bias
/// and a PReLU behind it.
/// </summary>
public sealed class PlaneLayer
{
    private PlaneLayer(bool transposed, int inputChannels, int outputChannels, int kernel, int stride, int padding,
        ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> slopes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kernel, 1);
        long elements = (long)inputChannels * outputChannels * kernel * kernel;
        if (weight.Length != elements)
            throw new ArgumentException(
                $"weight must have input channels * output channels * kernel * kernel = {inputChannels} * {outputChannels} * {kernel} * "
                + $"{kernel} = {elements} elements: {weight.Length}", nameof(weight));
        if (bias.Length != 0 && bias.Length != outputChannels)
            throw new ArgumentException(
                $"bias must be empty or have one element for each of the {outputChannels} output channels: {bias.Length}", nameof(bias));
        if (slopes.Length != 0 && slopes.Length != 1 && slopes.Length != outputChannels)
            throw new ArgumentException(
                $"slopes must be empty, one, or one for each of the {outputChannels} output channels: {slopes.Length}", nameof(slopes));
        (Transposed, InputChannels, OutputChannels, Kernel, Stride, Padding) =
            (transposed, inputChannels, outputChannels, kernel, stride, padding);
        (Weight, Bias, Slopes) = ([.. weight], [.. bias], [.. slopes]);
    }

    /// <summary>Whether it is the transposed convolution.</summary>
    public bool Transposed { get; }

    /// <summary>Planes in.</summary>
    public int InputChannels { get; }

    /// <summary>Planes out.</summary>
    public int OutputChannels { get; }

    /// <summary>Taps along each axis.</summary>
    public int Kernel { get; }

    /// <summary>How much larger the output is; 1 for a convolution.</summary>
    public int Stride { get; }

    /// <summary>Zeros at each end of a convolution's input; what a transposed convolution crops at the beginning.</summary>
    public int Padding { get; }

    /// <summary>[output channels, input channels, kernel, kernel]; of the transposed convolution [input channels, output channels, kernel,
    /// kernel].</summary>
    public ImmutableArray<float> Weight { get; }

    /// <summary>[output channels], or empty.</summary>
    public ImmutableArray<float> Bias { get; }

    /// <summary>Slopes of the PReLU behind it for negative values: [output channels], [1] for all, or empty for no PReLU.</summary>
    public ImmutableArray<float> Slopes { get; }

    /// <summary>A convolution of stride 1 with (kernel - 1)/2 zeros around its input, so that the output is as large as the
    /// input.</summary>
    /// <param name="inputChannels">Planes in.</param>
    /// <param name="outputChannels">Planes out.</param>
    /// <param name="kernel">Taps along each axis, odd.</param>
    /// <param name="weight">[output channels, input channels, kernel, kernel].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="slopes">Of the PReLU: [output channels], [1], or empty for none.</param>
    /// <exception cref="ArgumentException">An even kernel, or lengths that do not fit.</exception>
    public static PlaneLayer Convolution(
        int inputChannels, int outputChannels, int kernel, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias = default,
            ReadOnlySpan<float> slopes = default) =>
        kernel % 2 == 1
            ? new(false, inputChannels, outputChannels, kernel, 1, kernel / 2, weight, bias, slopes)
            : throw new ArgumentException($"kernel must be odd, so that the output is as large as the input: {kernel}", nameof(kernel));

    /// <summary>The transposed convolution whose output is <paramref name="scale"/> times as wide and high as its input: its output padding
    /// is scale + 2 padding - kernel.</summary>
    /// <param name="inputChannels">Planes in.</param>
    /// <param name="outputChannels">Planes out.</param>
    /// <param name="kernel">Taps along each axis.</param>
    /// <param name="scale">The stride.</param>
    /// <param name="padding">What is cropped at the beginning of each axis.</param>
    /// <param name="weight">[input channels, output channels, kernel, kernel].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="slopes">Of the PReLU: [output channels], [1], or empty for none.</param>
    /// <exception cref="ArgumentException">A padding for which no output padding gives that size, or lengths that do not fit.</exception>
    public static PlaneLayer Upsampling(
        int inputChannels, int outputChannels, int kernel, int scale, int padding, ReadOnlySpan<float> weight,
            ReadOnlySpan<float> bias = default, ReadOnlySpan<float> slopes = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        int outputPadding = scale + 2 * padding - kernel;
        if (outputPadding < 0 || outputPadding >= scale)
            throw new ArgumentException(
                $"0 <= scale + 2 padding - kernel < scale must hold, for an output padding: {scale} + 2 * {padding} - {kernel} = "
                + $"{outputPadding}", nameof(padding));
        return new(true, inputChannels, outputChannels, kernel, scale, padding, weight, bias, slopes);
    }
}
