using Upstride.Onnx;

namespace Upstride.Models.Inference;

/// <summary>Finds in what units a model takes pictures: a small picture, soft but for some texture, goes through in each.</summary>
internal static class OnnxProbe
{
    // Sizes that models take: multiples of what they halve, and larger than what they crop.
    private static readonly int[] s_sizes = [64, 96, 128, 65, 256];

    // Most models take 0 to 1, and many come out alike in other units too, where their biases count for less: what is this near, or no more
    // than so many times as far as the nearest, is taken for that.
    private const double Alike = 0.1;
    private const double Worse = 2;

    /// <summary>The range of which the picture comes out most alike; 0 to 1 where the model takes no small picture.</summary>
    public static OnnxValueRange RangeOf(OnnxPictureModel model)
    {
        if (model.Model.Inputs[0].ElementType == OnnxElementType.UInt8) return OnnxValueRange.ZeroTo255;
        foreach ((int height, int width) in Sizes(model))
        {
            using OnnxPicturePlan plan = model.Plan(height, width);
            if (plan.Mode == OnnxPictureMode.Refused) continue;
            (OnnxValueRange Range, double Distance)[] found = [.. Enum.GetValues<OnnxValueRange>()
                .Select(range => (range, Distance(plan, model.Scale!.Value, model.Channels, range)))];
            (OnnxValueRange best, double least) = found.MinBy(static one => one.Distance);
            double usual = found[(int)OnnxValueRange.ZeroToOne].Distance;
            return usual <= Math.Max(Alike, Worse * least) ? OnnxValueRange.ZeroToOne : best;
        }
        return OnnxValueRange.ZeroToOne;
    }

    private static IEnumerable<(int Height, int Width)> Sizes(OnnxPictureModel model)
    {
        foreach (int size in s_sizes) yield return (size, size);
        if ((model.DeclaredHeight ?? model.DeclaredWidth) is not { } declared) yield break;
        yield return (model.DeclaredHeight ?? declared, model.DeclaredWidth ?? declared);
    }

    // The mean distance of each block of the output from its pixel, in units of the full value.
    private static double Distance(OnnxPicturePlan plan, OnnxPictureScale scale, int channels, OnnxValueRange range)
    {
        (float black, float span) = OnnxValueRanges.Of(range);
        double sum = 0;
        long count = 0;
        int made = plan.OutputChannels, crop = scale.Crop / 2;
        plan.Run((row, planes) =>
        {
            for (int channel = 0; channel < channels; channel++)
                for (int x = 0; x < plan.Width; x++)
                    planes[(channel * plan.Width) + x] = black + (span * Grey(row, x, channel, plan));
        }, (row, planes) =>
        {
            int from = (row + crop) / scale.Factor;
            for (int channel = 0; channel < made; channel++)
                for (int x = 0; x < plan.OutputWidth; x++)
                {
                    double value = (planes[(channel * plan.OutputWidth) + x] - black) / span;
                    sum += double.IsFinite(value) ? Math.Min(1e3, Math.Abs(value - Grey(from, (x + crop) / scale.Factor, channel, plan)))
                        : 1e3;
                    count++;
                }
        });
        return sum / Math.Max(1, count);
    }

    private static float Grey(int row, int column, int channel, OnnxPicturePlan plan) => 0.15f
        + (0.35f * row / plan.Height) + (0.3f * column / plan.Width) + (0.05f * (channel % 3)) + ((((row * 7) + (column * 3)) % 5) * 0.02f);
}
