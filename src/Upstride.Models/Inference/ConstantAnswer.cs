namespace Upstride.Models.Inference;

/// <summary>What a chain of layers makes of constants.</summary>
/// <remarks>
/// Of a constant a convolution sees nothing but the sum of its taps: the chain is then one of 1x1 convolutions, and the transposed
/// convolution has one tap for each phase, the sum of the phase's. What the chain makes of a picture, less what it makes at each pixel of a
/// picture that is all like it, is zero where the picture is constant; the pixels are then what it is added to.
/// </remarks>
internal static class ConstantAnswer
{
    /// <summary>The negative of what a chain makes, at each pixel, of a picture that is all like it.</summary>
    /// <param name="layers">A chain with one transposed convolution, at its end.</param>
    public static PlaneNetwork Negative(IReadOnlyList<PlaneLayer> layers) => new(layers.Select(static layer => layer.Transposed
        ? PlaneLayer.Upsampling(layer.InputChannels, 1, layer.Stride, layer.Stride, 0, PhaseSums(layer),
            [.. layer.Bias.Select(static value => -value)])
        : PlaneLayer.Convolution(layer.InputChannels, layer.OutputChannels, 1, TapSums(layer), layer.Bias.AsSpan(),
            layer.Slopes.AsSpan())));

    // [output channels, input channels].
    private static float[] TapSums(PlaneLayer layer)
    {
        int taps = layer.Kernel * layer.Kernel;
        var sums = new float[layer.OutputChannels * layer.InputChannels];
        for (int i = 0; i < sums.Length; i++)
        {
            double sum = 0;
            foreach (float tap in layer.Weight.AsSpan(i * taps, taps)) sum += tap;
            sums[i] = (float)sum;
        }
        return sums;
    }

    // [input channels, scale, scale], negative. Tap t makes outputs with (o + padding) mod scale = t mod scale.
    private static float[] PhaseSums(PlaneLayer layer)
    {
        int scale = layer.Stride, kernel = layer.Kernel;
        var sums = new double[layer.InputChannels * scale * scale];
        for (int channel = 0; channel < layer.InputChannels; channel++)
            for (int row = 0; row < kernel; row++)
                for (int column = 0; column < kernel; column++)
                    sums[(channel * scale + Phase(row)) * scale + Phase(column)] -=
                        layer.Weight[(channel * kernel + row) * kernel + column];
        return Array.ConvertAll(sums, static sum => (float)sum);

        int Phase(int tap) => (tap - layer.Padding % scale + scale) % scale;
    }
}
