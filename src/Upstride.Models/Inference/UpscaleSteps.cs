namespace Upstride.Models.Inference;

/// <summary>Which networks, one after another, make a picture at least so much larger.</summary>
internal static class UpscaleSteps
{
    /// <summary>The scales, the smallest first, so that the later and larger pictures are few: of all whose product is enough the smallest
    /// product, and of those the fewest. None where the picture is not to be larger.</summary>
    /// <param name="scales">Those there are networks for, each above 1.</param>
    /// <param name="from">The picture's size.</param>
    /// <param name="to">The size that it is to have, or more.</param>
    public static int[] Choose(IReadOnlyCollection<int> scales, (int Width, int Height) from, (int Width, int Height) to)
    {
        int[] ascending = [.. scales.Order()];
        (long Product, int[] Steps) best = (long.MaxValue, []);
        Search(1, []);
        return best.Steps;

        void Search(long product, int[] steps)
        {
            if (product > best.Product || (product == best.Product && steps.Length >= best.Steps.Length)) return;
            if (from.Width * product >= to.Width && from.Height * product >= to.Height)
            {
                best = (product, steps);
                return;
            }
            foreach (int scale in ascending)
                if (steps.Length == 0 || scale >= steps[^1]) Search(product * scale, [.. steps, scale]);
        }
    }
}
