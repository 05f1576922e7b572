namespace Upstride.Cli.Upscaling;

/// <summary>The weights by which FCN initializes its upsampling layers: a tent, one tap after another of what bilinear interpolation takes from a sample.</summary>
/// <remarks>Source: Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015; Caffe's bilinear filler.</remarks>
internal static class BilinearWeights
{
    /// <summary>Taps along an axis: 2 scale, one less where the scale is odd, so that the tent has a middle tap.</summary>
    public static int Taps(int scale) => 2 * scale - scale % 2;

    /// <summary>The weights of one channel, [taps, taps].</summary>
    /// <param name="scale">How much larger the output is.</param>
    public static float[] Create(int scale)
    {
        int taps = Taps(scale);
        double centre = (taps - 1) / 2.0;
        double[] tent = [.. Enumerable.Range(0, taps).Select(tap => 1 - Math.Abs(tap - centre) / scale)];
        return [.. tent.SelectMany(row => tent.Select(column => (float)(row * column)))];
    }
}
