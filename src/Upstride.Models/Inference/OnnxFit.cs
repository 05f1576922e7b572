using Upstride.Geometry;
using Upstride.Onnx;

namespace Upstride.Models.Inference;

/// <summary>
/// How a picture is brought to a size that a model takes: pixels of its border stand around it, where a model crops, or takes multiples of
/// a number alone.
/// </summary>
/// <param name="Plan">The picture's way, with what stands around it.</param>
/// <param name="Before">Rows above and columns before the picture.</param>
/// <param name="Width">Columns with those around it.</param>
/// <param name="First">The first row and column of the output that are the picture's.</param>
/// <param name="Scale">How much larger the output is.</param>
internal sealed record OnnxFit(OnnxPicturePlan Plan, int Before, int Width, int First, int Scale) : IDisposable
{
    // What encoders halve several times.
    private static readonly int[] s_multiples = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>From how far a pixel that is not seen takes its colour: few models that enlarge look further, and it is the same for every
    /// way to go through.</summary>
    public const int Reach = 32;

    /// <summary>The way of a picture; refused where no size of it is taken.</summary>
    public static OnnxFit Of(OnnxPictureModel model, int width, int height)
    {
        OnnxPictureScale scale = model.Scale!.Value;
        int before = Integers.DivideUp(scale.Crop, 2 * scale.Factor), first = ((2 * before * scale.Factor) - scale.Crop) / 2;
        OnnxFit? refused = null;
        foreach (int multiple in s_multiples)
        {
            int wide = Integers.RoundUp(width + (2 * before), multiple), high = Integers.RoundUp(height + (2 * before), multiple);
            OnnxPicturePlan plan = model.Plan(high, wide);

            // What takes one size and larger ones in parts of it takes smaller ones with that much around them.
            if (plan.Mode == OnnxPictureMode.Refused && (high < model.DeclaredHeight || wide < model.DeclaredWidth))
            {
                (high, wide) = (Larger(high, model.DeclaredHeight, multiple), Larger(wide, model.DeclaredWidth, multiple));
                OnnxPicturePlan larger = model.Plan(high, wide);
                if (larger.Mode == OnnxPictureMode.Tiled) plan = larger;
                else larger.Dispose();
            }
            var fit = new OnnxFit(plan, before, wide, first, scale.Factor);
            if (plan.Mode != OnnxPictureMode.Refused && plan.OutputHeight >= first + (scale.Factor * height)
                && plan.OutputWidth >= first + (scale.Factor * width)) return fit;
            if (refused is null) refused = fit;
            else plan.Dispose();
        }
        return refused!;
    }

    public void Dispose() => Plan.Dispose();

    private static int Larger(int length, int? declared, int multiple) => Math.Max(length, Integers.RoundUp(declared ?? 0, multiple));
}
