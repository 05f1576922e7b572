namespace Upstride.Learning.Initialization;

/// <summary>
/// How many values flow into one output and out of one input of a layer, as PyTorch counts them from the shape of the weights.
/// </summary>
/// <remarks>
/// Of [output, input per group, kernel...] that is the truth. Of a transposed convolution, [input, output per group, kernel...], PyTorch
/// counts by the same places, and so its fan in is the outputs' side; Keras does the same. Who trains by their recipes needs their numbers.
/// </remarks>
/// <param name="In">shape[1] times the taps.</param>
/// <param name="Out">shape[0] times the taps.</param>
public readonly record struct Fans(double In, double Out)
{
    /// <param name="shape">The shape of the weights, at least two lengths.</param>
    /// <exception cref="ArgumentException">Fewer than two lengths.</exception>
    public static Fans Of(ReadOnlySpan<nint> shape)
    {
        if (shape.Length < 2)
            throw new ArgumentException(
                $"shape is [{string.Join(", ", shape.ToArray())}] with {shape.Length} lengths, and fans need at least 2: [output "
                    + $"channels, input channels, kernel...]", nameof(shape));
        double taps = 1;
        foreach (nint length in shape[2..]) taps *= length;
        return new(shape[1] * taps, shape[0] * taps);
    }
}
