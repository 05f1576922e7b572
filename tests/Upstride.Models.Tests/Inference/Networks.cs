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
}
