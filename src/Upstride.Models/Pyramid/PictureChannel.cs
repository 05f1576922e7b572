using Upstride.Models.Inference;
using Upstride.Models.Residual;

namespace Upstride.Models.Pyramid;

/// <summary>
/// Layers that take a picture along with the features, as the last of their channels: so a pyramid is one chain of layers, and nothing has
/// to wait beside it. The picture goes through convolutions as it is.
/// </summary>
internal static class PictureChannel
{
    private const int Kernel = PyramidSettings.UpsamplingKernel;

    /// <summary>A plane's differences, and the plane.</summary>
    public static PlaneLayer BesideDifferences()
    {
        PlaneLayer differences = PlaneLayers.Differences();
        return PlaneLayer.Convolution(
            1, differences.OutputChannels + 1, differences.Kernel, [.. differences.Weight, .. Middle(differences.Kernel)]);
    }

    /// <summary>A convolution of features, with a channel for the picture before and behind it.</summary>
    public static PlaneLayer Beside(PlaneLayer features)
    {
        (int inputs, int outputs, int kernel) = (features.InputChannels, features.OutputChannels, features.Kernel);
        int each = inputs * kernel * kernel;
        var weight = new float[(outputs + 1) * (each + kernel * kernel)];
        for (int output = 0; output < outputs; output++)
            features.Weight.AsSpan(output * each, each).CopyTo(weight.AsSpan(output * (each + kernel * kernel)));
        Middle(kernel).CopyTo(weight.AsSpan()[^(kernel * kernel)..]);
        return PlaneLayer.Convolution(inputs + 1, outputs + 1, kernel, weight, slopes: [.. features.Slopes, 1]);
    }

    /// <summary>The transposed convolution that makes the next level's features and picture.</summary>
    /// <param name="upsample">[features, features, 4, 4].</param>
    /// <param name="residual">[features, 1, 4, 4].</param>
    /// <param name="features">How many.</param>
    public static PlaneLayer Beside(ReadOnlySpan<float> upsample, ReadOnlySpan<float> residual, int features)
    {
        const int Taps = Kernel * Kernel;
        int outputs = features + 1;
        var weight = new float[outputs * outputs * Taps];
        for (int input = 0; input < features; input++)
        {
            upsample.Slice(input * features * Taps, features * Taps).CopyTo(weight.AsSpan(input * outputs * Taps));
            residual.Slice(input * Taps, Taps).CopyTo(weight.AsSpan((input * outputs + features) * Taps));
        }
        PlaneLayers.Bilinear().Weight.AsSpan().CopyTo(weight.AsSpan()[^Taps..]);
        return PlaneLayer.Upsampling(outputs, outputs, Kernel, 2, 1, weight);
    }

    /// <summary>The transposed convolution that makes the last level's picture alone.</summary>
    /// <param name="residual">[features, 1, 4, 4].</param>
    /// <param name="features">How many.</param>
    public static PlaneLayer Alone(ReadOnlySpan<float> residual, int features) => PlaneLayer.Upsampling(
        features + 1, 1, Kernel, 2, 1, [.. residual, .. PlaneLayers.Bilinear().Weight]);

    private static float[] Middle(int kernel)
    {
        var weight = new float[kernel * kernel];
        weight[weight.Length / 2] = 1;
        return weight;
    }
}
