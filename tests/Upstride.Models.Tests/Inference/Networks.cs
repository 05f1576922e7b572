using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

/// <summary>Networks with weights from a seed, as large as He's initialization makes them.</summary>
internal static class Networks
{
    /// <summary>FSRCNN(d, s, m) as published: 5x5, shrink, m times 3x3, expand, 9x9 transposed.</summary>
    public static PlaneNetwork Fsrcnn(int scale, int d = 56, int s = 12, int m = 4, int seed = 1)
    {
        var random = new Random(seed);
        return new(
        [
            Convolution(random, 1, d, 5), Convolution(random, d, s, 1),
            .. Enumerable.Range(0, m).Select(_ => Convolution(random, s, s, 3)),
            Convolution(random, s, d, 1), Upsampling(random, d, 9, scale, 4),
        ]);
    }

    public static PlaneLayer Convolution(Random random, int inputChannels, int outputChannels, int kernel) => PlaneLayer.Convolution(
        inputChannels, outputChannels, kernel, Draw(random, outputChannels * inputChannels * kernel * kernel,
            Math.Sqrt(6.0 / (inputChannels * kernel * kernel))),
        Draw(random, outputChannels, 0.1), Draw(random, outputChannels, 0.3));

    public static PlaneLayer Upsampling(Random random, int inputChannels, int kernel, int scale, int padding) => PlaneLayer.Upsampling(
        inputChannels, 1, kernel, scale, padding, Draw(random, inputChannels * kernel * kernel,
            Math.Sqrt(3.0 * scale * scale / (inputChannels * kernel * kernel))), Draw(random, 1, 0.1));

    public static float[] Draw(Random random, int count, double amplitude)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(amplitude * (2 * random.NextDouble() - 1));
        return values;
    }

    /// <summary>
    /// A network with all that it can have: differences, a chain, another that is added, and an interpolation that the sum is added to.
    /// </summary>
    public static PlaneNetwork Sum(int scale, int seed = 1)
    {
        var random = new Random(seed);
        PlaneLayer first = PlaneLayer.Convolution(1, 4, 5, Draw(random, 100, 0.3), slopes: Draw(random, 4, 0.3));
        return new PlaneNetwork(first, Convolution(random, 4, 4, 3), Upsampling(random, 4, 3 * scale, scale, scale))
            .Plus(new(Convolution(random, 1, 3, 1), Upsampling(random, 3, scale, scale, 0)))
            .Plus(new(Upsampling(random, 1, 3 * scale, scale, scale)))
            .Over(new(Upsampling(random, 1, scale, scale, 0)));
    }

    /// <summary>A network of levels that each double the size, with weights of its own at each.</summary>
    public static PlaneNetwork Pyramid(int scale, int seed = 1)
    {
        var random = new Random(seed);
        var layers = new List<PlaneLayer> { Convolution(random, 1, 3, 5) };
        for (int reached = 2; reached <= scale; reached *= 2)
            layers.AddRange([Convolution(random, 3, 3, 3), reached == scale ? Upsampling(random, 3, 4, 2, 1)
                : PlaneLayer.Upsampling(3, 3, 4, 2, 1, Draw(random, 9 * 16, 0.3), slopes: Draw(random, 3, 1))]);
        return new(layers);
    }

    /// <summary>
    /// The whole plane, continued by its border as far as the network reaches, through every chain layer by layer; what is negligible of
    /// the sum goes before the interpolation comes.
    /// </summary>
    public static float[] Whole(PlaneNetwork network, float[] plane, int width, int height)
    {
        int border = network.Reach, scale = network.Scale, wide = width + 2 * border, high = height + 2 * border;
        var continued = new float[wide * high];
        for (int y = 0; y < high; y++)
            for (int x = 0; x < wide; x++)
                continued[y * wide + x] =
                    plane[Math.Clamp(y - border, 0, height - 1) * width + Math.Clamp(x - border, 0, width - 1)];
        float[] sum = Chain(network);
        foreach (PlaneNetwork added in network.Added) sum = [.. sum.Zip(Chain(added), static (one, other) => one + other)];
        if (network.Interpolation is { } interpolation)
            sum = [.. sum.Select(static value => value - Math.Clamp(value, -PlaneNetwork.Negligible, PlaneNetwork.Negligible))
                .Zip(Chain(interpolation), static (one, other) => one + other)];
        return sum;

        float[] Chain(PlaneNetwork chain)
        {
            float[] larger = BandUpscalerTests.LayerByLayer(chain, continued, wide, high);
            return [.. Enumerable.Range(0, scale * height).SelectMany(y =>
                larger.Skip((y + scale * border) * scale * wide + scale * border).Take(scale * width))];
        }
    }
}
